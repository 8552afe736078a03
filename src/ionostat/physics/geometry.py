"""Areas and volumes of the two shapes that cells are drawn as (um, um2, um3 = fL).

Arguments are floats, NumPy arrays (which broadcast) or SymPy expressions; a negative length raises InputError.
"""

from __future__ import annotations

from math import pi

from ionostat.physics._inputs import Value, not_negative


def sphere_area(radius: Value) -> Value:
    """Area of a sphere, 4 pi r^2 (um2), from its radius (um).

    >>> print(f"{sphere_area(10):.1f}")
    1256.6
    """
    not_negative("um", radius=radius)
    return 4 * pi * radius**2


def sphere_volume(radius: Value) -> Value:
    """Volume of a sphere, (4/3) pi r^3 (um3), from its radius (um).

    >>> print(f"{sphere_volume(10):.1f}")
    4188.8
    """
    not_negative("um", radius=radius)
    return 4 / 3 * pi * radius**3


def sphere_radius(volume: Value) -> Value:
    """Radius of a sphere, (3 W/4 pi)^(1/3) (um), from its volume (um3).

    >>> print(f"{sphere_radius(4188.79):.3f}")
    10.000
    """
    not_negative("um3", volume=volume)
    return (3 * volume / (4 * pi)) ** (1 / 3)


def cylinder_side_area(radius: Value, length: Value) -> Value:
    """Area of the side of a cylinder, 2 pi r L, without its ends (um2), from radius and length (um).

    >>> print(f"{cylinder_side_area(5, 25):.1f}")
    785.4
    """
    not_negative("um", radius=radius, length=length)
    return 2 * pi * radius * length


def cylinder_area(radius: Value, length: Value) -> Value:
    """Area of a cylinder with both ends, 2 pi r (L + r) (um2), from radius and length (um).

    >>> print(f"{cylinder_area(5, 25):.1f}")
    942.5
    """
    not_negative("um", radius=radius, length=length)
    return 2 * pi * radius * (length + radius)


def cylinder_volume(radius: Value, length: Value) -> Value:
    """Volume of a cylinder, pi r^2 L (um3), from radius and length (um).

    >>> print(f"{cylinder_volume(5, 25):.1f}")
    1963.5
    """
    not_negative("um", radius=radius, length=length)
    return pi * radius**2 * length
