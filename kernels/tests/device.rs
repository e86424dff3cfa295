//! candle's own operations, as the networks use them, agree between a CUDA device and the CPU.
//! The device is `cuda:0`, a real one or the emulated one (`kernels/emulator`).

use candle_core::{D, DType, Device, Result, Tensor};

type Operation = fn(&Device) -> Result<Tensor>;

/// Numbers in [-1, 1) that look random.
fn drawn(device: &Device, shape: &[usize], seed: u32) -> Result<Tensor> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let values: Vec<f32> = std::iter::repeat_with(next).take(shape.iter().product()).collect();
    Tensor::from_vec(values, shape, device)
}

fn half(x: &Tensor) -> Result<Tensor> {
    x.to_dtype(DType::F16)
}

fn softmax(x: &Tensor) -> Result<Tensor> {
    let e = x.broadcast_sub(&x.max_keepdim(D::Minus1)?)?.exp()?;
    e.broadcast_div(&e.sum_keepdim(D::Minus1)?)
}

fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let x = x.broadcast_sub(&x.mean_keepdim(1)?)?;
    x.broadcast_div(&(x.sqr()?.mean_keepdim(1)? + 1e-5)?.sqrt()?)
}

fn index(device: &Device) -> Result<Tensor> {
    Tensor::new(&[3_u32, 49, 0, 3], device)
}

/// Name, largest error that may be, and what is computed.
const MATRIX_CASES: &[(&str, f32, Operation)] = &[
    ("product", 1e-5, |d| drawn(d, &[33, 65], 1)?.matmul(&drawn(d, &[65, 17], 2)?)),
    ("batch of products", 1e-5, |d| drawn(d, &[4, 33, 65], 1)?.matmul(&drawn(d, &[4, 65, 17], 2)?)),
    ("product, right transposed", 1e-5, |d| {
        drawn(d, &[33, 65], 1)?.matmul(&drawn(d, &[17, 65], 2)?.t()?)
    }),
    ("product, left transposed", 1e-5, |d| {
        drawn(d, &[65, 33], 1)?.t()?.matmul(&drawn(d, &[65, 17], 2)?)
    }),
    ("attention", 1e-5, |d| {
        let q = drawn(d, &[2, 9, 4, 16], 1)?.transpose(1, 2)?.contiguous()?;
        let k = drawn(d, &[2, 9, 4, 16], 2)?.transpose(1, 2)?.contiguous()?;
        softmax(&q.matmul(&k.transpose(2, 3)?)?)
    }),
    ("product of halves", 2e-2, |d| {
        half(&drawn(d, &[33, 65], 1)?)?.matmul(&half(&drawn(d, &[17, 65], 2)?)?.t()?)
    }),
    ("product that fills many tiles", 1e-4, |d| {
        drawn(d, &[1100, 200], 1)?.matmul(&drawn(d, &[200, 130], 2)?)
    }),
    ("softmax", 1e-5, |d| softmax(&drawn(d, &[20, 300], 1)?)),
    ("softmax of halves", 2e-3, |d| softmax(&half(&drawn(d, &[20, 300], 1)?)?)),
    ("layer norm", 1e-4, |d| layer_norm(&drawn(d, &[20, 96], 1)?)),
    ("convolution", 1e-4, |d| {
        drawn(d, &[2, 4, 12, 12], 1)?.conv2d(&drawn(d, &[6, 4, 3, 3], 2)?, 1, 1, 1, 1)
    }),
];

const OTHER_CASES: &[(&str, f32, Operation)] = &[
    ("there and back", 0.0, |d| drawn(d, &[37, 5], 1)),
    ("affine", 1e-6, |d| drawn(d, &[100, 33], 1)?.affine(1.5, -0.25)),
    ("affine of a transposed", 1e-6, |d| drawn(d, &[100, 33], 1)?.t()?.affine(1.5, -0.25)),
    ("bias", 1e-6, |d| drawn(d, &[4, 100, 33], 1)?.broadcast_add(&drawn(d, &[33], 2)?)),
    ("sum of two", 1e-6, |d| drawn(d, &[100, 33], 1)? + drawn(d, &[100, 33], 2)?),
    ("relu", 0.0, |d| drawn(d, &[1000], 1)?.relu()),
    ("gelu", 1e-5, |d| drawn(d, &[1000], 1)?.gelu_erf()),
    ("silu of halves", 2e-3, |d| half(&drawn(d, &[1000], 1)?)?.silu()),
    ("to half and back", 0.0, |d| half(&drawn(d, &[1000], 1)?)),
    ("to bytes", 0.0, |d| drawn(d, &[1000], 1)?.abs()?.affine(100.0, 0.0)?.to_dtype(DType::U8)),
    ("transposed copy", 0.0, |d| drawn(d, &[7, 8, 9], 1)?.transpose(0, 2)?.contiguous()),
    ("part", 0.0, |d| drawn(d, &[7, 8, 9], 1)?.narrow(1, 2, 5)?.contiguous()),
    ("side by side", 0.0, |d| Tensor::cat(&[drawn(d, &[3, 8], 1)?, drawn(d, &[3, 5], 2)?], 1)),
    ("padding", 0.0, |d| drawn(d, &[2, 3, 4], 1)?.pad_with_zeros(1, 1, 2)),
    ("sum of rows", 1e-4, |d| drawn(d, &[5, 700], 1)?.sum_keepdim(1)),
    ("sum of columns", 1e-4, |d| drawn(d, &[700, 5], 1)?.sum(0)),
    ("maximum", 0.0, |d| drawn(d, &[5, 700], 1)?.max_keepdim(1)),
    ("place of the maximum", 0.0, |d| drawn(d, &[5, 700], 1)?.argmax(1)),
    ("choice", 0.0, |d| {
        drawn(d, &[300], 1)?.ge(0_f32)?.where_cond(&drawn(d, &[300], 2)?, &drawn(d, &[300], 3)?)
    }),
    ("rows by number", 0.0, |d| drawn(d, &[50, 8], 1)?.index_select(&index(d)?, 0)),
    ("sorted", 0.0, |d| Ok(drawn(d, &[6, 100], 1)?.sort_last_dim(true)?.0)),
    ("nothing", 0.0, |d| drawn(d, &[0, 8], 1)?.affine(2.0, 1.0)),
];

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_device(&Device::Cpu)?.to_vec1()
}

#[test]
fn candles_operations_agree_with_the_cpu() {
    let device = Device::new_cuda(0).expect("this test wants a device, real or emulated");
    let mut wrong = Vec::new();
    for (name, error_max, operation) in MATRIX_CASES.iter().chain(OTHER_CASES) {
        let expected = operation(&Device::Cpu).and_then(|x| values(&x)).expect("on the CPU");
        let found = match operation(&device).and_then(|x| values(&x)) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        assert_eq!(expected.len(), found.len(), "{name}");
        let errors = expected.iter().zip(&found).map(|(a, b)| (a - b).abs());
        // NaN is an error of its own.
        let error =
            errors.fold(0.0_f32, |worst, e| if e.is_nan() || e > worst { e } else { worst });
        if error.is_nan() || error > *error_max {
            wrong.push(format!("{name}: largest error {error}, allowed {error_max}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn threads_share_a_device() {
    let device = Device::new_cuda(0).expect("this test wants a device, real or emulated");
    let product = |d: &Device, seed| {
        let x = drawn(d, &[40, 70], seed)?.matmul(&drawn(d, &[70, 30], seed + 1)?)?;
        values(&x.relu()?)
    };
    let (device, product) = (&device, &product);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (1..5).map(|seed| (seed, scope.spawn(move || product(device, seed)))).collect();
        for (seed, thread) in threads {
            let found = thread.join().expect("the thread ends").expect("on the device");
            let expected = product(&Device::Cpu, seed).expect("on the CPU");
            for (a, b) in expected.iter().zip(&found) {
                assert!((a - b).abs() <= 1e-5, "{seed}: {a} {b}");
            }
        }
    });
}
