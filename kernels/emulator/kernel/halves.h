// Halves by the processor's own conversions. NVIDIA's headers for hosts take numbers apart bit by
// bit, which took a quarter of a receipt's time; the values are the same, but for a NaN's bits.
#pragma once
#include <cuda_fp16.h>

namespace emu {

[[gnu::always_inline]] inline float to_float(__half value) {
    return (float)__builtin_bit_cast(_Float16, value);
}

[[gnu::always_inline]] inline __half to_half(float value) {
    return __builtin_bit_cast(__half, (_Float16)value);
}

[[gnu::always_inline]] inline float2 to_floats(__half2 two) {
    return {to_float(two.x), to_float(two.y)};
}

[[gnu::always_inline]] inline __half2 to_halves(float x, float y) {
    return {to_half(x), to_half(y)};
}

[[gnu::always_inline]] inline __half2 to_halves(float2 two) { return to_halves(two.x, two.y); }

// The larger one, 0 above -0; of a number and NaN the number. The bits of a half, but for the sign,
// are in the order of its size.
[[gnu::always_inline]] inline __half larger(__half a, __half b) {
    constexpr short SIZE = 0x7fff, INFINITE = 0x7c00;
    short x = __builtin_bit_cast(short, a), y = __builtin_bit_cast(short, b);
    if ((x & SIZE) > INFINITE) return b;
    if ((y & SIZE) > INFINITE) return a;
    return (x < 0 ? (short)(x ^ SIZE) : x) > (y < 0 ? (short)(y ^ SIZE) : y) ? a : b;
}

[[gnu::always_inline]] inline __half2 larger(__half2 a, __half2 b) {
    return {larger(a.x, b.x), larger(a.y, b.y)};
}

}  // namespace emu

#define __half2float(value) emu::to_float(value)
#define __float2half(value) emu::to_half(value)
#define __half22float2(two) emu::to_floats(two)
#define __floats2half2_rn(x, y) emu::to_halves(x, y)
#define __float22half2_rn(two) emu::to_halves(two)
#define __hmax2(a, b) emu::larger(a, b)
