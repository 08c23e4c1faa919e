"""From a configuration to a driver that can be called."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import count

from sscard.driver.certificates import open_certificates
from sscard.driver.configuration import Configuration, ConfigurationError
from sscard.driver.hsm import open_hsm
from sscard.driver.keypads import keypad
from sscard.driver.session import Session
from sscard.driver.slots import Slot, blame
from sscard.errors import ProfileError
from sscard.profiles import Profile, profile_names
from sscard.profiles.loader import profile_of
from sscard.profiles.specs import composed
from sscard.terminal.driver import Driver, Terminal

#: Cards have the time of China, wherever the terminal's clock is.
_CHINA = timezone(timedelta(hours=8))
_FORMAT = "%(asctime)s %(message)s"
_number = count(1)


def open_session(configuration: Configuration) -> Session:
    """The driver; no reader is opened yet.

    Raises ConfigurationError for a log that cannot be written and for TEST keys in production,
    ProfileError, KeyStoreError.
    """
    profiles, hsm = _profiles(configuration), open_hsm(configuration.hsm, configuration.folder)
    certificates = open_certificates(configuration.certificates, configuration.folder)
    public = {"HSM": hsm is not None and hsm.test, "certificates": certificates.test}
    test_keys = tuple(name for name, test in public.items() if test)
    if configuration.production and test_keys:
        raise ConfigurationError(
            f"production: 测试密钥 TEST keys of {', '.join(test_keys)} are not for production"
        )
    log = _log(configuration)
    contact, antenna, psam = readers = _slots(configuration, log)
    slots = tuple(each for each in readers if each is not None)
    terminal = Terminal(
        profiles,
        lambda: datetime.now(_CHINA),
        contact,
        antenna,
        psam,
        keypad(configuration.pin),
        hsm,
        configuration.device,
        blame,
        certificates=certificates.desk,
    )
    return Session(
        Driver(terminal),
        slots,
        log,
        longest=configuration.longest,
        test_keys=test_keys,
    )


def _slots(
    configuration: Configuration, log: logging.Logger
) -> tuple[Slot | None, Slot | None, Slot | None]:
    """For cards by their contacts and by antenna, and for the PSAM."""
    readers, folder = configuration.readers, configuration.folder
    return (
        Slot(readers.contact, folder, log, contactless=False) if readers.contact else None,
        Slot(readers.contactless, folder, log, contactless=True) if readers.contactless else None,
        Slot(readers.psam, folder, log) if readers.psam else None,
    )


def _profiles(configuration: Configuration) -> Callable[[int], Profile]:
    """The tables of a generation's cards: a region's are loaded now, the others when needed."""

    @cache
    def of(generation: int) -> Profile:
        spec = configuration.profiles.get(generation, f"gen{generation}")
        try:
            return profile_of(composed(spec, configuration.folder))
        except ProfileError as error:
            raise ProfileError(f"profiles.gen{generation}: {error}") from None

    for generation, spec in configuration.profiles.items():
        if spec not in profile_names():
            of(generation)
    return of


def _log(configuration: Configuration) -> logging.Logger:
    """A logger of this driver's own: a library leaves those of the program alone."""
    log = logging.Logger(f"sscard.driver.{next(_number)}", logging.INFO)
    if configuration.log is None:
        log.addHandler(logging.NullHandler())
        return log
    try:
        handler = logging.FileHandler(configuration.log, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"log.file: {configuration.log}: {error.strerror}") from None
    handler.setFormatter(logging.Formatter(_FORMAT))
    log.addHandler(handler)
    return log
