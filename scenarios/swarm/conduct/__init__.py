"""How a swarm is conducted: who may start which sessions until when, and what becomes of all that is reported."""
