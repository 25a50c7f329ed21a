"""All hostile samples."""

import hostile_archives
import hostile_configs
import hostile_hdf5_bytes

SAMPLES = [*hostile_configs.SAMPLES, *hostile_hdf5_bytes.SAMPLES, *hostile_archives.SAMPLES]
