// Owns what a C library returns and frees it with the library's function: CPointer<BIGNUM, BN_free>.
#pragma once

#include <memory>

namespace s3dr {

template <auto free>
struct FreedBy {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};

template <class T, auto free>
using CPointer = std::unique_ptr<T, FreedBy<free>>;

}  // namespace s3dr
