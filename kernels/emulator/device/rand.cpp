// cuRAND: numbers of the same distributions, and not the same numbers.
#include <random>

#include "emu.h"

using Generator = std::mt19937_64;
constexpr int NOT_INITIALISED = 203, LAUNCH_FAILURE = 201, LENGTH_NOT_MULTIPLE = 105;

template <class T, class Draw>
static int fill(Generator *generator, T *to, size_t count, Draw draw) {
    LOCK;
    if (emu::is_down() || emu::is_foreign((Ptr)to) || !emu::inside((Ptr)to, count * sizeof(T)))
        return LAUNCH_FAILURE;
    emu::drain_all();
    for (size_t i = 0; i < count; i++) to[i] = draw(*generator);
    return 0;
}

API int curandCreateGenerator(Generator **out, int) {
    LOCK;
    if (emu::is_down()) return NOT_INITIALISED;
    *out = new Generator(1);
    return 0;
}

API int curandDestroyGenerator(Generator *generator) {
    LOCK;
    delete generator;
    return emu::here().sticky && emu::number("EMU_DESTROY_FAILS", 0) & 2 ? NOT_INITIALISED : 0;
}

API int curandSetPseudoRandomGeneratorSeed(Generator *generator, unsigned long long seed) {
    generator->seed(seed);
    return 0;
}

API int curandSetGeneratorOffset(Generator *, unsigned long long) { return 0; }
API int curandSetStream(Generator *, void *) { return 0; }

// In (0, 1].
API int curandGenerateUniform(Generator *g, float *to, size_t count) {
    return fill(g, to, count, [](auto &r) { return (float)((r() >> 40) + 1) * 0x1p-24f; });
}

API int curandGenerateUniformDouble(Generator *g, double *to, size_t count) {
    return fill(g, to, count, [](auto &r) { return (double)((r() >> 11) + 1) * 0x1p-53; });
}

API int curandGenerateNormal(Generator *g, float *to, size_t count, float mean, float deviation) {
    if (count % 2) return LENGTH_NOT_MULTIPLE;
    return fill(g, to, count, std::normal_distribution<float>(mean, deviation));
}

API int curandGenerateNormalDouble(Generator *g, double *to, size_t count, double mean,
                                   double deviation) {
    if (count % 2) return LENGTH_NOT_MULTIPLE;
    return fill(g, to, count, std::normal_distribution<double>(mean, deviation));
}
