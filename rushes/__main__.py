"""`python -m rushes`."""

import sys

from rushes.cli import main

sys.exit(main())
