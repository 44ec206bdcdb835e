"""Import of an OpenAPI document: from what a portal says of itself to steps that pass values on."""
