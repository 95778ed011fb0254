#include "onednn.h"

#ifndef REGIMEN_CPU
#define REGIMEN_CPU "portable"
#endif

const char *onednn_build_cpu(void) { return REGIMEN_CPU; }
