"""Water: osmotic pressure, water flow, and what a wall or membrane holds against it.

Differences are inside minus outside; water flow is positive into the cell. Units: mM (osmolarity too), Pa, um, um2,
um3, ms, K; a tension is in pN/um (= Pa um = aJ/um2; 1 mN/m is 1000 pN/um). Arguments are floats, NumPy arrays
(which broadcast) or SymPy expressions.
"""

from __future__ import annotations

from ionostat.constants import BODY_TEMPERATURE, V_WATER, R
from ionostat.maths import log
from ionostat.physics._inputs import Value, not_negative, positive, temperature


def van_t_hoff_pressure(osmotic_excess: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Pressure that holds back water against a difference of osmolarity (Pa).

        Pi = R T dOsm

    osmotic_excess: dOsm, osmolarity inside minus outside (mM), of either sign. T: temperature (K). Arguments broadcast.

    Valid for dilute solutions; proteins at cell concentrations exert several times more than their number says.

    >>> print(f"{van_t_hoff_pressure(300, T=298.15) / 1e6:.3f} MPa")
    0.744 MPa

    van 't Hoff (1887) Z Phys Chem 1:481.
    """
    temperature(T)
    return R * T * osmotic_excess


def water_flux(
    Lp: Value, area: Value, osmotic_excess: Value, pressure: Value = 0.0, *, T: Value = BODY_TEMPERATURE
) -> Value:
    """Flow of water into a cell, driven by osmolarity and opposed by pressure (um3/ms).

        dW/dt = Lp A (R T dOsm - dP)

    Lp: hydraulic conductivity (um/ms/Pa). area: A (um2). osmotic_excess: dOsm, inside minus outside (mM). pressure: dP,
    inside minus outside (Pa). T: temperature (K). Arguments broadcast.

    Valid for solutes that do not cross the membrane with the water (reflection coefficient one).
    Raises InputError for a negative conductivity or area.

    >>> print(f"{water_flux(1e-9, 500, 10):.4f}")
    0.0129

    Kedem & Katchalsky (1958) Biochim Biophys Acta 27:229, doi:10.1016/0006-3002(58)90330-5.
    """
    not_negative("um/ms/Pa", Lp=Lp)
    not_negative("um2", area=area)
    return Lp * area * (van_t_hoff_pressure(osmotic_excess, T=T) - pressure)


def osmotic_water_flux(Pf: Value, area: Value, osmotic_excess: Value) -> Value:
    """Flow of water into a cell from its osmotic water permeability (um3/ms).

        dW/dt = P_f A V_w dOsm

    Pf: P_f, osmotic permeability (um/ms; 1 cm/s = 10 um/ms). area: A (um2). osmotic_excess: dOsm, inside minus
    outside (mM). V_w is the molar volume of water. Arguments broadcast. Validity and errors as in `water_flux`, of
    which this is the form without pressure.

    >>> print(f"{osmotic_water_flux(0.1, 500, 10):.3f}")
    0.009
    """
    not_negative("um/ms", Pf=Pf)
    not_negative("um2", area=area)
    return Pf * area * V_WATER * osmotic_excess


def hydraulic_conductivity(Pf: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Hydraulic conductivity that belongs to an osmotic water permeability (um/ms/Pa).

        Lp = P_f V_w / (R T)

    Pf: P_f (um/ms), not negative. T: temperature (K). Arguments broadcast.

    >>> print(f"{hydraulic_conductivity(0.1):.3e}")
    6.980e-10
    """
    not_negative("um/ms", Pf=Pf)
    temperature(T)
    return Pf * V_WATER / (R * T)


def osmometer_volume(osmolarity: Value, osmolarity_0: Value, *, inactive: Value = 0.0) -> Value:
    """Volume of a cell relative to its volume at osmolarity_0, when only water crosses the membrane.

        W/W_0 = b + (1 - b) Osm_0/Osm        (Boyle-van 't Hoff)

    osmolarity, osmolarity_0: Osm and Osm_0, of the bath (mM), positive. inactive: b, the fraction of W_0 that is not
    solvent, not negative. Arguments broadcast.

    Valid for seconds to minutes after a change, before ions move and volume regulation starts.

    >>> print(f"{osmometer_volume(240, 290):.3f} {osmometer_volume(240, 290, inactive=0.3):.3f}")
    1.208 1.146
    """
    positive("mM", osmolarity=osmolarity, osmolarity_0=osmolarity_0)
    not_negative("a fraction of the volume", inactive=inactive)
    return inactive + (1 - inactive) * osmolarity_0 / osmolarity


def laplace_pressure(tension: Value, radius: Value) -> Value:
    """Pressure inside a sphere whose wall is under tension (Pa).

        dP = 2 tau / r

    tension: tau (pN/um). radius: r (um), positive. Arguments broadcast. Valid for a wall thin against r.

    >>> laplace_pressure(1e4, 5.0)  # 10 mN/m, near where a bilayer ruptures
    4000.0
    """
    positive("um", radius=radius)
    return 2 * tension / radius


def laplace_tension(pressure: Value, radius: Value) -> Value:
    """Tension in the wall of a sphere under pressure (pN/um).

        tau = dP r / 2

    pressure: dP, inside minus outside (Pa). radius: r (um), positive. Arguments broadcast. Valid for a wall thin
    against r.

    >>> laplace_tension(4000.0, 5.0)
    10000.0
    """
    positive("um", radius=radius)
    return pressure * radius / 2


def elastic_tension(modulus: Value, area: Value, relaxed_area: Value) -> Value:
    """Tension in a membrane that has been stretched (pN/um).

        tau = K_A (A - A_0) / A_0

    modulus: K_A, area expansion modulus (pN/um; a bilayer has about 2e5). area, relaxed_area: A and A_0 (um2),
    positive. Arguments broadcast.

    Valid for A >= A_0 and a few per cent of stretch. A membrane with folds in reserve bears no tension; a negative
    result means that it is slack. Raises InputError for a negative modulus or an area that is not positive.

    >>> round(elastic_tension(2e5, 103.0, 100.0), 6)
    6000.0
    """
    not_negative("pN/um", modulus=modulus)
    positive("um2", area=area, relaxed_area=relaxed_area)
    return modulus * (area - relaxed_area) / relaxed_area


def turgor(modulus: Value, volume: Value, relaxed_volume: Value) -> Value:
    """Pressure in a walled cell whose volume exceeds that of its relaxed wall (Pa).

        P = eps ln(W / W_0),    from    eps = W dP/dW constant

    modulus: eps, volumetric elastic modulus (Pa; 1 to 50 MPa in plants). volume, relaxed_volume: W and W_0 (um3),
    positive. Arguments broadcast.

    Valid for W >= W_0; a negative result means plasmolysis: the wall is slack and the true turgor is zero.
    Raises InputError for a negative modulus or a volume that is not positive.

    >>> print(f"{turgor(1e7, 1080.0, 1000.0) / 1e6:.2f} MPa")
    0.77 MPa

    Philip (1958) Plant Physiol 33:264.
    """
    not_negative("Pa", modulus=modulus)
    positive("um3", volume=volume, relaxed_volume=relaxed_volume)
    return modulus * log(volume / relaxed_volume)
