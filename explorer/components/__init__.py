"""Things to touch: canvas components, plain ES modules behind thin Python wrappers."""
