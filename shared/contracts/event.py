"""What every published event is: a frozen value with a name, a version, an owner and a subject kind."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen piece of an event; readers ignore fields they do not know, so that writers may add."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


class Event(Value):
    """The body of one event type of the published language.

    A subclass names itself in its class line::

        class ReferralCreated(Event, name="referral-created", owner="referrals", subject="referral"): ...
    """

    name: ClassVar[str]
    version: ClassVar[int]
    owner: ClassVar[str]
    subject: ClassVar[str]
    urgent: ClassVar[bool]
    readers: ClassVar[tuple[str, ...]]

    def __init_subclass__(
        cls,
        *,
        name: str,
        owner: str,
        subject: str,
        version: int = 1,
        urgent: bool = False,
        readers: tuple[str, ...] = (),
        **config: Any,
    ) -> None:
        super().__init_subclass__(**config)
        cls.name, cls.version, cls.owner, cls.subject = name, version, owner, subject
        cls.urgent, cls.readers = urgent, readers

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if taken := Event.__annotations__.keys() & cls.model_fields.keys():
            raise TypeError(
                f"{cls.__qualname__}: {', '.join(taken)} is a word of every event; call the field otherwise."
            )

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type, as `kith.referral-created.v1`."""
        return f"kith.{cls.name}.v{cls.version}"
