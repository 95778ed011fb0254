// The package manager wants a source file; all of this module is in its header.
#include "relaxed.h"
