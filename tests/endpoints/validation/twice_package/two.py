from endpoints.validation.base import Check, Finding, Seen, skipped


class Two(Check):
    name, label, about, position = "address", "Two", "Two.", 2

    def run(self, seen: Seen) -> Finding:
        return skipped("Nothing.")
