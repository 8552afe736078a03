"""Small cells, as texts of cell files, for what no cell of the library has: several nodes, open and clamped baths."""

HEAD = """
sources: {test: {cite: "a number chosen for a test"}}
source: test
temperature: 37 degC
"""

BATH = """
  bath:
    kind: bath
    balance: Na
    concentrations: {Na: 145 mM, K: 4 mM, Cl: 119 mM}
    impermeants: {X: {concentration: 30 mM, z: -1}}
"""

NODE = """
    kind: swelling
    volume: %s um3
    eliminate: K
    closes: X.z
    concentrations: {Na: 14 mM, K: 124 mM, Cl: 9 mM}
    impermeants: {X: {concentration: 151 mM}}
"""

LEAKS = """
      na_leak: {type: leak_ohmic, ion: Na, g: 0.02 mS/cm2}
      k_leak: {type: leak_ohmic, ion: K, g: 0.3 mS/cm2}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 0.1 mS/cm2}
      water: {type: water, Pf: 0.1 um/ms}
"""

ECS = """
  ecs:
    kind: extracellular
    total_volume: 2600 um3
    shares_volume_with: [cytosol]
    eliminate: Na
    closes: X.z
    concentrations: {Na: 145 mM, K: 4 mM, Cl: 119 mM}
    impermeants: {X: {concentration: 30 mM}}
"""

PUMP = "      nka: {type: nka_cubic, I_max: 1000 uA/cm2}\n"

AXIS = """
      na: {type: leak_ghk, ion: Na, P: 5 um3/ms}
      k: {type: leak_ghk, ion: K, P: 7 um3/ms}
      cl: {type: leak_ghk, ion: Cl, P: 8 um3/ms}
"""


def membrane(name: str, inside: str, outside: str, mechanisms: str, area: str = "800 um2") -> str:
    return f"""
  {name}:
    inside: {inside}
    outside: {outside}
    area: {area}
    capacitance: 1 uF/cm2
    V: -70 mV
    mechanisms:{mechanisms}"""


def text(name: str, closure: str, compartments: str, membranes: str, junction: str = "") -> str:
    junctions = f"\njunctions:{junction}" if junction else ""
    return f"cell: {name}\nclosure: {closure}{HEAD}compartments:{compartments}\nmembranes:{membranes}{junctions}\n"


def junction(name: str, a: str, b: str, mechanisms: str) -> str:
    return f"\n  {name}:\n    a: {a}\n    b: {b}\n    mechanisms:{mechanisms}"


def one_node(closure: str = "capacitive") -> str:
    plasma = membrane("plasma", "cytosol", "bath", LEAKS + PUMP)
    return text("one_node", closure, f"{BATH}  cytosol:{NODE % 2000}", plasma)


def two_nodes(closure: str = "capacitive") -> str:
    """A soma and a dendrite of other strength, joined by a path without capacitance."""
    plasma = membrane("plasma", "soma", "bath", LEAKS + PUMP)
    twig = membrane("twig", "dendrite", "bath", LEAKS + PUMP.replace("1000", "500"), area="600 um2")
    compartments = f"{BATH}  soma:{NODE % 2000}\n  dendrite:{NODE % 500}"
    return text("two_nodes", closure, compartments, plasma + twig, junction("axis", "soma", "dendrite", AXIS))


def epithelium(closure: str = "capacitive", far: str = "open") -> str:
    """A cell between a grounded bath and another (open, ground or clamp), and a tight junction between the baths."""
    clamp = "    V: 20 mV\n" if far == "clamp" else ""
    serosa = BATH.replace("  bath:", "  serosa:").replace("    balance", f"    potential: {far}\n{clamp}    balance")
    apical = """
      na_leak: {type: leak_ghk, ion: Na, P: 2e-4 um/ms}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 0.1 mS/cm2}
      water: {type: water, Pf: 0.1 um/ms}
"""
    basal = """
      k_leak: {type: leak_ohmic, ion: K, g: 0.5 mS/cm2}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 0.05 mS/cm2}
      water: {type: water, Pf: 0.1 um/ms}
"""
    tight = """
      na: {type: leak_ghk, ion: Na, P: 0.02 um3/ms}
      cl: {type: leak_ghk, ion: Cl, P: 0.01 um3/ms}
"""
    membranes = membrane("apical", "cytosol", "bath", apical)
    membranes += membrane("basal", "cytosol", "serosa", basal + PUMP, area="1600 um2")
    compartments = f"{BATH}{serosa}  cytosol:{NODE % 2000}"
    return text("epithelium", closure, compartments, membranes, junction("tight", "bath", "serosa", tight))


def tissue(closure: str = "capacitive") -> str:
    """A floating extracellular space between a cell and a bath: a capacitor on it, and a path to the bath."""
    plasma = membrane("plasma", "cytosol", "ecs", LEAKS + PUMP)
    return text("tissue", closure, f"{BATH}{ECS}  cytosol:{NODE % 2000}", plasma, junction("gap", "ecs", "bath", AXIS))


def exchanged(counter: str = "Cl") -> str:
    """The space of `tissue`, grounded; K goes to the bath with a counter-ion or, as a deviation, without one."""
    made = tissue().replace("cell: tissue", "cell: exchanged").replace("  ecs:\n", "  ecs:\n    potential: ground\n")
    held = "Na" if counter else "Na, Cl"
    conserved = "\n".join(f"  {ion}: ecs" for ion in held.split(", "))
    made = made.replace("    eliminate: Na\n", f"    eliminate: {counter or 'K'}\n")
    balance = f"counter: {counter}" if counter else "deviation: no_counter_ion"
    made = made.replace(AXIS, f"\n      uptake: {{type: bath_exchange, ion: K, k: 3e-5 1/ms, {balance}}}\n")
    deviation = "deviations: [{id: no_counter_ion, what: potassium leaves alone, waives: [charge]}]\n"
    return f"{made}conserved:\n{conserved}\n{'' if counter else deviation}"
