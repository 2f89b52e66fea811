"""The LeKiwi: an SO-101 on a base with three omniwheels."""
