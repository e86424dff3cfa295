// Functions of the device that NVIDIA's headers do not give to a host compiler. One block runs at
// a time and its threads take turns at barriers alone, so that an atomic operation is one as it
// stands; under ThreadSanitizer it must also be known as one.
#pragma once

using std::abs;
using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

template <class T>
T __ldg(const T *p) {
    return *p;
}
template <class T>
T __ldcg(const T *p) {
    return *p;
}

inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
inline float normcdff(float x) { return 0.5f * erfcf(-x * 0.70710678118654752f); }
inline double normcdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752); }
inline int __float2int_rn(float x) { return (int)nearbyintf(x); }
inline int __float2int_rd(float x) { return (int)floorf(x); }
inline int __float2int_rz(float x) { return (int)x; }
inline int __mul24(int x, int y) { return x * y; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }

namespace emu {
template <class To, class From>
To bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
}  // namespace emu

inline unsigned __float_as_uint(float x) { return emu::bits<unsigned>(x); }
inline int __float_as_int(float x) { return emu::bits<int>(x); }
inline float __uint_as_float(unsigned x) { return emu::bits<float>(x); }
inline float __int_as_float(int x) { return emu::bits<float>(x); }
inline long long __double_as_longlong(double x) { return emu::bits<long long>(x); }
inline double __longlong_as_double(long long x) { return emu::bits<double>(x); }

// min and max of mixed types, as CUDA gives them.
template <class A, class B>
using EmuCommon = std::enable_if_t<std::is_arithmetic_v<A> && std::is_arithmetic_v<B>,
                                   std::common_type_t<A, B>>;
template <class A, class B>
constexpr EmuCommon<A, B> min(A a, B b) {
    return (EmuCommon<A, B>)b < (EmuCommon<A, B>)a ? (EmuCommon<A, B>)b : (EmuCommon<A, B>)a;
}
template <class A, class B>
constexpr EmuCommon<A, B> max(A a, B b) {
    return (EmuCommon<A, B>)a < (EmuCommon<A, B>)b ? (EmuCommon<A, B>)b : (EmuCommon<A, B>)a;
}

// Puts change(old value) into its place.
template <class T, class F>
T emu_atomic(T *p, F change) {
#ifdef __SANITIZE_THREAD__
    if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
        using Word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
        Word old = __atomic_load_n((Word *)p, __ATOMIC_RELAXED), fresh;
        do fresh = emu::bits<Word>(change(emu::bits<T>(old)));
        while (!__atomic_compare_exchange_n((Word *)p, &old, fresh, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED));
        return emu::bits<T>(old);
    }
#endif
    T old = *p;
    *p = change(old);
    return old;
}
template <class T, class U>
T atomicAdd(T *p, U v) {
    return emu_atomic(p, [=](T old) { return (T)(old + (T)v); });
}
template <class T, class U>
T atomicMin(T *p, U v) {
    return emu_atomic(p, [=](T old) { return (T)v < old ? (T)v : old; });
}
template <class T, class U>
T atomicMax(T *p, U v) {
    return emu_atomic(p, [=](T old) { return old < (T)v ? (T)v : old; });
}
template <class T, class U>
T atomicOr(T *p, U v) {
    return emu_atomic(p, [=](T old) { return (T)(old | (T)v); });
}
template <class T, class U>
T atomicExch(T *p, U v) {
    return emu_atomic(p, [=](T) { return (T)v; });
}
template <class T, class U, class V>
T atomicCAS(T *p, U expected, V v) {
    return emu_atomic(p, [=](T old) { return old == (T)expected ? (T)v : old; });
}
// What a thread wrote before its fence is seen by one that has come to its own fence later; the
// sanitizer sees that order by a word which all of them change.
inline void __threadfence() {
#ifdef __SANITIZE_THREAD__
    static uint32_t fences;
    __atomic_fetch_add(&fences, 1, __ATOMIC_ACQ_REL);
#endif
}
inline void __threadfence_block() { __threadfence(); }

// Functions of half and bfloat16 that exist on the device alone.
#define EMU_HALF(name, function)                                                              \
    inline __half name(__half x) { return __float2half(function(__half2float(x))); }          \
    inline __nv_bfloat16 name(__nv_bfloat16 x) {                                              \
        return __float2bfloat16(function(__bfloat162float(x)));                               \
    }
EMU_HALF(hsqrt, sqrtf)
EMU_HALF(hrsqrt, rsqrtf)
EMU_HALF(hcos, cosf)
EMU_HALF(hsin, sinf)
EMU_HALF(hlog, logf)
EMU_HALF(hexp, expf)

// For <cuda/std/limits>, in whose place an empty file stands.
namespace cuda {
namespace std {
using ::std::numeric_limits;
}
}  // namespace cuda

inline int __dp4a(int a, int b, int sum) {
    for (int i = 0; i < 32; i += 8) sum += (int8_t)(a >> i) * (int8_t)(b >> i);
    return sum;
}

inline unsigned __vsubss4(unsigned a, unsigned b) {
    unsigned bytes = 0;
    for (int i = 0; i < 32; i += 8) {
        int difference = std::clamp((int8_t)(a >> i) - (int8_t)(b >> i), -128, 127);
        bytes |= (unsigned)(uint8_t)difference << i;
    }
    return bytes;
}
