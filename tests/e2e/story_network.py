"""What the network between machines does to them: other addresses, short packets, cuts."""
from apart import RULES, WIRES, in_a_network_of_its_own
from harness import story


@story("an agent whose machine gets another address tells it, and a later session names it")
def addresses_change():
    in_a_network_of_its_own("address_change.py", ["true"], 60)


@story("files and a terminal that is looked at go on within moments after a machine at either end, or both, got another address", long=True)
def machines_move():
    in_a_network_of_its_own("address_move.py", WIRES, 180)


@story("between two machines packets grow to what the wire carries, and no further")
def packets_grow():
    in_a_network_of_its_own("packet_size.py", WIRES, 60)


@story("a cut of more than two minutes between two machines costs the time it lasts and nothing else", long=True)
def cut_of_minutes():
    in_a_network_of_its_own("long_cut.py", RULES, 400)
