// The environment variables that a process was started with, as others can read them: /proc/<pid>/environ. Every
// process of the same user reads it, so also a function that the embedded cloud runs.
#pragma once

namespace s3dr {

// Moves the variables to other memory and overwrites the old place. getenv() and programs started from here still see
// them; other processes do not. Call once at start, before any thread: pointers that getenv() gave before are void.
void hide_environment();

}  // namespace s3dr
