"""Builder of the packaged USD files: figures, shapes, robot, scene."""
