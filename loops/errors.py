"""The errors that a user can meet; each says where, what was got, what is allowed and what to do."""


class HeirloomError(Exception):
    """Something that a user can put right; the command prints it as one message, without a traceback."""

    exit_code = 2


class ConfigError(HeirloomError):
    """A setting is unknown, of the wrong type, out of range, or does not go with another."""


class DataError(HeirloomError):
    """An input file is missing, empty, unreadable or does not hold what was promised."""


class StoreError(HeirloomError):
    """An entry of the store is damaged or missing."""


class StageError(HeirloomError):
    """A stage could not do its work with what the generation gave it, such as filters that left nothing."""

    exit_code = 3


class UndeclaredNeed(AttributeError):  # noqa: N818 (says what it is)
    """A component read something that its `needs` does not name: a bug in the component."""
