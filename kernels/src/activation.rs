//! The functions that follow a linear step, over a slice that is still in the cache.

use multiversion::multiversion;

/// What follows a linear step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x · Φ(x)` with the exact error function, not its tanh approximation.
    Gelu,
    /// `x · sigmoid(x)`, also called SiLU.
    Swish,
    /// `x · min(max(x + 3, 0), 6) / 6`
    HardSwish,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// `min(max(slope · x + 0.5, 0), 1)`
    HardSigmoid {
        /// The slope at zero: 1/6 or 0.2 in the networks here.
        slope: f32,
    },
}

impl Activation {
    /// Applies the function to each value.
    pub fn apply(self, values: &mut [f32]) {
        match self {
            Self::Linear => {}
            Self::Relu => relu(values),
            Self::Gelu => gelu(values),
            Self::Swish => swish(values),
            Self::HardSwish => hard_swish(values),
            Self::Sigmoid => sigmoid(values),
            Self::HardSigmoid { slope } => hard_sigmoid(values, slope),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn relu(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = x.max(0.0));
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn hard_swish(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x *= (*x + 3.0).clamp(0.0, 6.0) / 6.0);
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn hard_sigmoid(values: &mut [f32], slope: f32) {
    values.iter_mut().for_each(|x| *x = (slope * *x + 0.5).clamp(0.0, 1.0));
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn sigmoid(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = 1.0 / (1.0 + exp(-*x)));
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn swish(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x /= 1.0 + exp(-*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn gelu(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x *= 0.5 + 0.5 * erf(*x * std::f32::consts::FRAC_1_SQRT_2));
}

/// `e^x` with a relative error below 3e-7 for x in [-87, 88], clamped outside: the argument is cut
/// into a power of two and a rest in ±ln(2)/2, whose exponential is a Taylor polynomial.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // Adding and taking away 1.5·2^23 rounds to the nearest whole number without a branch.
    const ROUNDER: f32 = 12_582_912.0;
    let n = (x * std::f32::consts::LOG2_E + ROUNDER) - ROUNDER;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.0 / 720.0 + r * (1.0 / 5040.0);
    let p = 1.0 / 120.0 + r * p;
    let p = 1.0 / 24.0 + r * p;
    let p = 1.0 / 6.0 + r * p;
    let p = 0.5 + r * p;
    let p = 1.0 + r * (1.0 + r * p);
    // The low bits of `n + ROUNDER` are those of the whole number n, from -126 to 127.
    p * f32::from_bits(((n + ROUNDER).to_bits().wrapping_add(127) & 0xff) << 23)
}

/// The error function, as a quotient of two odd and even polynomials on [-4, 4], where it is
/// within 5e-7 of the true value; outside it is ±1 to single precision.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let p = -2.726_142_3e-10 * s + 2.770_681_4e-8;
    let p = p * s - 2.101_024e-6;
    let p = p * s - 5.692_506_4e-5;
    let p = p * s - 7.349_906_3e-4;
    let p = p * s - 2.954_6e-3;
    let p = (p * s - 1.609_603_3e-2) * x;
    let q = -1.456_607_2e-5 * s - 2.133_740_6e-4;
    let q = q * s - 1.682_827e-3;
    let q = q * s - 7.373_329e-3;
    p / (q * s - 1.426_473_9e-2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error function by its power series, in double precision.
    fn erf_series(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            let n = f64::from(n);
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn gelu_is_the_exact_one_within_a_millionth() {
        for i in -400..=400 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x) * 0.5 * (1.0 + erf_series(f64::from(x) / 2f64.sqrt()));
            let mut value = [x];
            Activation::Gelu.apply(&mut value);
            assert!((f64::from(value[0]) - exact).abs() < 1.5e-6, "at {x}: {} {exact}", value[0]);
        }
    }

    #[test]
    fn the_exponential_is_exact_to_single_precision() {
        for i in -8600..8700 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 3e-6, "at {x}: {} {exact}", exp(x));
        }
        assert!(exp(-1e9) < 1e-37 && exp(1e9).is_finite());
    }

    #[test]
    fn activations_have_their_values_at_the_corners() {
        let cases = [
            (Activation::Linear, -2.0, -2.0),
            (Activation::Relu, -2.0, 0.0),
            (Activation::Relu, 2.0, 2.0),
            (Activation::Gelu, 0.0, 0.0),
            (Activation::Gelu, 30.0, 30.0),
            (Activation::Gelu, -30.0, 0.0),
            (Activation::Swish, 0.0, 0.0),
            (Activation::Swish, 40.0, 40.0),
            (Activation::HardSwish, -3.0, 0.0),
            (Activation::HardSwish, 3.0, 3.0),
            (Activation::Sigmoid, 0.0, 0.5),
            (Activation::HardSigmoid { slope: 0.2 }, -2.5, 0.0),
            (Activation::HardSigmoid { slope: 0.2 }, 1.0, 0.7),
        ];
        for (activation, x, y) in cases {
            let mut values = [x; 19];
            activation.apply(&mut values);
            let close = |v: &f32| (v - y).abs() < 2e-6_f32.max(y.abs() * 1e-6);
            assert!(values.iter().all(close), "{activation:?} {x} {values:?}");
        }
    }
}
