"""What mixtures are made of: the options that training and validation share."""

from dataclasses import dataclass, fields

LEAST_TURN_S = 0.9  # least mean length of a turn
LEAST_LOOP_S = 1.0  # of a voice or a noise, for it to be repeated


@dataclass
class Mix:
    """What mixtures are made of; a share is of mixtures unless it says otherwise. 0 switches a thing off."""

    seconds: float = 1.5  # length of an example
    sir: float = 5.0  # the two voices' levels differ by up to this many dB
    ladder: int = 0  # updates in which that range grows from 1 dB to its full width
    cross: float = 0.2  # share that must be of two sexes
    same: float = 0.0  # share that must be of one sex
    hard: float = 0.3  # share whose second voice is one of those that sound most like the first, of the same sex
    one_source: float = 0.8  # share whose two voices are of one source, so that not even its recording tells them apart
    absent: float = 0.08  # share of examples whose clue is of somebody who does not speak
    absent_alike: float = 0.0  # share of those clues that are of the source and sex of a voice that does
    alone: float = 0.1  # share in which the second voice is missing
    turns: float = 0.4  # share in which people take turns instead of talking all the time
    turn_seconds: float = LEAST_TURN_S  # mean length of a turn, drawn anew for each mixture between 0.9 and this
    least_seconds: float = 0.0  # voices and noises that are shorter than an example, but not than this, are heard over and over; 0: none
    speed: float = 0.5  # share of voices whose speed and pitch are changed
    slower: float = 0.05  # how much a voice's speed and pitch may be below that of its row of the clue bank (with --along)
    formants: float = 0.3  # share of voices whose formants are moved (with --along)
    formant_range: float = 0.15  # by up to this share, up or down
    formant_spread: float = 0.0  # and the first, the second and the higher ones apart, each by up to this share more or less
    room: float = 0.4  # share of voices in a room
    microphone: float = 0.3  # share through a coloured microphone
    clip: float = 0.05  # share that is clipped
    noise: float = 0.4  # share with noise
    noise_db_low: float = -20.0  # its level against the first voice
    noise_db_high: float = 0.0
    noise_varied: float = 0.0  # share of the noises that are two recorded ones together, at other speeds and coloured anew
    floor: float = 0.5  # share with a microphone's own hiss, -75 … -45 dB
    level_db_low: float = -45.0  # the first voice's level, dBFS
    level_db_high: float = -10.0

    def __post_init__(self):
        """Raises ValueError where shares that exclude one another are more than all, or turns would be too short."""
        if self.cross + self.same + self.hard > 1 + 1e-9:
            raise ValueError(
                f"--cross {self.cross} --same {self.same} --hard {self.hard}: expected at most 1 together, got "
                f"{self.cross + self.same + self.hard:g}; a pair is one of these or any."
            )
        if self.least_seconds and not self.least_seconds >= LEAST_LOOP_S:
            raise ValueError(f"--least-seconds {self.least_seconds:g}: expected at least {LEAST_LOOP_S:g}, or 0 for no repetition.")
        if self.turn_seconds < LEAST_TURN_S:
            raise ValueError(f"--turn-seconds {self.turn_seconds:g}: expected at least {LEAST_TURN_S}, the least mean length of a turn.")

    @classmethod
    def add_arguments(cls, parser):
        """One option a field, its default from here."""
        group = parser.add_argument_group("mixtures", "a share of 0 switches a thing off")
        for f in fields(cls):
            group.add_argument("--" + f.name.replace("_", "-"), type=f.type if callable(f.type) else float, default=f.default)

    @classmethod
    def of(cls, args):
        """From what `add_arguments` parsed (a namespace). Raises ValueError."""
        return cls(**{f.name: getattr(args, f.name) for f in fields(cls)})
