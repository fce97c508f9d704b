from endpoints.validation.base import Check, Finding, Seen, skipped


class Two(Check):
    name, label, about, position = "other", "Two", "Two.", 1

    def run(self, seen: Seen) -> Finding:
        return skipped("Nothing.")
