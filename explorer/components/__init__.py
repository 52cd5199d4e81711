"""Interactive components: canvases in plain ES modules behind thin Python wrappers."""
