/* A stand-in for libnvidia-ml.so.1: two GPUs, loaded by nvidia-ml-py exactly as the real library is.
   GPU 0 knows GPM and reports everything. GPU 1 is old: no GPM, blank power, energy not supported.
   With NVML_DOUBLE=mig, GPU 0 is split into two instances. Signatures after nvml.h of the CUDA toolkit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int ret;
typedef void *dev;
enum { OK = 0, NOT_SUPPORTED = 3, NOT_FOUND = 6, NO_DRIVER = 9 };

static int gpus[2] = {0, 1}, parts[2] = {0, 1};
static long samples = 0, freed = 0;

static int mig(void) { const char *m = getenv("NVML_DOUBLE"); return m && !strcmp(m, "mig"); }
static int nodriver(void) { const char *m = getenv("NVML_DOUBLE"); return m && !strcmp(m, "nodriver"); }
static int is_part(dev d) { return d == &parts[0] || d == &parts[1]; }
static int index_of(dev d) { return *(int *)d; }

ret nvmlInitWithFlags(unsigned f) { return nodriver() ? NO_DRIVER : OK; }
ret nvmlShutdown(void) {
  if (samples != freed) fprintf(stderr, "%ld of %ld samples were never freed\n", samples - freed, samples);
  return OK;
}
const char *nvmlErrorString(ret r) { return "stand-in"; }
ret nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return OK; }
ret nvmlDeviceGetHandleByIndex_v2(unsigned i, dev *d) { if (i > 1) return NOT_FOUND; *d = &gpus[i]; return OK; }
ret nvmlDeviceGetName(dev d, char *s, unsigned n) { strncpy(s, index_of(d) ? "NVIDIA T4" : "NVIDIA H200", n); return OK; }
ret nvmlDeviceGetUUID(dev d, char *s, unsigned n) {
  strncpy(s, index_of(d) ? "GPU-1111" : "GPU-0000", n); return OK;
}
typedef struct { unsigned long long total, free, used; } memory;
ret nvmlDeviceGetMemoryInfo(dev d, memory *m) {
  m->total = is_part(d) ? 20ULL << 30 : 80ULL << 30; m->used = (is_part(d) ? 5ULL : 30ULL) << 30;
  m->free = m->total - m->used; return OK;
}
ret nvmlDeviceGetTotalEnergyConsumption(dev d, unsigned long long *e) {
  if (index_of(d)) return NOT_SUPPORTED; *e = 5000000ULL; return OK;
}
ret nvmlDeviceGetPowerUsage(dev d, unsigned *p) { *p = index_of(d) ? 0xFFFFFFFFu : 412000u; return OK; }
ret nvmlDeviceGetTemperature(dev d, int s, unsigned *t) { *t = 61; return OK; }
typedef struct { unsigned gpu, memory; } rates;
ret nvmlDeviceGetUtilizationRates(dev d, rates *r) { r->gpu = index_of(d) ? 77 : 100; r->memory = 0; return OK; }
ret nvmlDeviceGetMigMode(dev d, unsigned *now, unsigned *pending) {
  if (index_of(d)) return NOT_SUPPORTED; *now = *pending = mig(); return OK;
}
ret nvmlDeviceGetMaxMigDeviceCount(dev d, unsigned *n) { *n = 7; return OK; }
ret nvmlDeviceGetMigDeviceHandleByIndex(dev d, unsigned i, dev *p) {
  if (i > 1) return NOT_FOUND; *p = &parts[i]; return OK;
}
ret nvmlDeviceGetGpuInstanceId(dev p, unsigned *id) { *id = index_of(p) + 3; return OK; }
typedef struct { unsigned version, supported; } support;
ret nvmlGpmQueryDeviceSupport(dev d, support *s) { s->supported = !index_of(d); return OK; }
ret nvmlGpmSampleAlloc(void **s) { *s = malloc(sizeof(long)); samples++; return OK; }
ret nvmlGpmSampleFree(void *s) { free(s); freed++; return OK; }
ret nvmlGpmSampleGet(dev d, void *s) { *(long *)s = samples; return OK; }
ret nvmlGpmMigSampleGet(dev d, unsigned instance, void *s) { *(long *)s = samples + instance; return OK; }
typedef struct { unsigned id; ret r; double value; char *info[3]; } metric;
typedef struct { unsigned version, count; void *one, *two; metric metrics[]; } metrics;
ret nvmlGpmMetricsGet(metrics *m) {
  if (m->version != 1 || m->count != 1 || m->metrics[0].id != 2 || *(long *)m->one >= *(long *)m->two) return 2;
  m->metrics[0].r = OK; m->metrics[0].value = 63.5; return OK;
}
