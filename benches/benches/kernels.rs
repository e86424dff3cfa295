//! The two operations that nearly all of the networks' time goes to, in shapes of theirs.

use candle_core::{Device, Result, Tensor};
use criterion::{Criterion, Throughput};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::Window;
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::linear::{Linear, Precision};

fn random(dims: &[usize]) -> Result<Tensor> {
    Tensor::randn(0f32, 1.0, dims, &Device::Cpu)
}

/// 1×1 convolutions: (rows, channels in, channels out).
fn dense(criterion: &mut Criterion) -> Result<()> {
    let mut group = criterion.benchmark_group("dense");
    for (name, rows, k, n) in [
        ("detector 240x176 48-96", 240 * 176, 48, 96),
        ("recogniser 12x80 192-384", 12 * 80, 192, 384),
        ("recogniser head 40 120-18710", 40, 120, 18_710),
    ] {
        let (weight, bias) = (random(&[k, n])?, random(&[n])?);
        let x = random(&[rows, k])?;
        group.throughput(Throughput::Elements((rows * k * n) as u64));
        for precision in [Precision::F32, Precision::Int8] {
            let layer = Linear { precision, ..Linear::new(&weight, &bias) };
            let op = Dense::new(layer, Activation::Gelu)?;
            let name = format!("{name} {}", precision.name());
            group.bench_function(name, |bencher| bencher.iter(|| op.forward(&x)));
        }
    }
    group.finish();
    Ok(())
}

/// Depthwise convolutions: (kernel, height, width, channels).
fn depthwise(criterion: &mut Criterion) -> Result<()> {
    let mut group = criterion.benchmark_group("depthwise");
    for (name, kernel, (h, w, c)) in [
        ("detector 3x3 120x88x96", (3, 3), (120, 88, 96)),
        ("detector 7x7 60x44x192", (7, 7), (60, 44, 192)),
        ("recogniser 3x3 12x80x192", (3, 3), (12, 80, 192)),
    ] {
        let window = Window::centred(kernel, (1, 1));
        let taps = kernel.0 * kernel.1;
        let op = Depthwise::new(&random(&[taps, c])?, &random(&[c])?, window, Activation::Linear)?;
        let x = random(&[1, h, w, c])?;
        group.throughput(Throughput::Elements((h * w * c * taps) as u64));
        group.bench_function(name, |bencher| bencher.iter(|| op.forward(&x)));
    }
    group.finish();
    Ok(())
}

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    dense(&mut criterion)?;
    depthwise(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
