"""Which error codes an operation may answer with: those of its model, and the lists in documented_errors.tsv."""

from pathlib import Path

lists = Path(__file__).with_name("documented_errors.tsv")
rest_of_s3 = ("s3", "s3control")


class DocumentedErrors:
    def __init__(self):
        self.by_list = {}
        for line in lists.read_text().splitlines():
            if line and not line.startswith("#"):
                name, code, statuses = line.split("\t")
                self.by_list.setdefault(name, {})[code] = {int(status) for status in statuses.split(",")}
        self.modelled = {}

    def anywhere(self, code):
        return any(code in codes for codes in self.by_list.values())

    def of_models(self, service):
        """{code: statuses} of the shapes of a service that are errors."""
        if service.name not in self.modelled:
            found = self.modelled[service.name] = {}
            for name, shape in service.shapes.items():
                if shape.get("exception"):
                    error = shape.get("error", {})
                    fallback = 500 if shape.get("fault") else 400
                    found.setdefault(error.get("code", name), set()).add(error.get("httpStatusCode", fallback))
                    found.setdefault(name, set()).add(error.get("httpStatusCode", fallback))
        return self.modelled[service.name]

    def statuses(self, operation, code):
        """With which statuses the operation may answer with the code; None: it may not."""
        service = operation.service
        names = {error["shape"] for error in operation.entry.get("errors", ())}
        for name in names:
            error = service.shapes[name].get("error", {})
            if code in (name, error.get("code")):
                return self.of_models(service)[code] | self.listed(service, code)
        return self.listed(service, code) or None

    def listed(self, service, code):
        name = "s3" if service.name in rest_of_s3 else "common"
        return self.by_list[name].get(code, set())
