//! One launch: gather, multiply, bias and activation.

use candle_core::cuda_backend::CudaDType;
use candle_core::cuda_backend::cudarc::driver::{CudaView, DeviceRepr, PushKernelArg};
use candle_core::{CudaDevice, CudaStorage, Layout, Result, Shape, Storage, Tensor};
use half::f16;

use super::{Conv, NAME, Output, Part};
use crate::device::{self, ActivationCode, Matrix, Module};
use crate::op;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/conv.fatbin")) };

/// Output pixels of a block, its threads, and its output channels, as in `conv.cu`.
const PIXELS: usize = 128;
const THREADS: u32 = 128;
const MANY: usize = 24;
const FEW: usize = 16;

/// The channels that are loaded at once where all channels are multiples of as many.
const FOUR: usize = 4;

/// `Sizes` of `sources.cuh`: h, w, c, oh, ow, columns, kw, k, down, across, above, left.
#[repr(C)]
#[derive(Clone, Copy)]
struct Sizes {
    ints: [i32; 12],
    pixels: i64,
}

// SAFETY: plain values in the order of the struct in sources.cuh; twelve of four bytes leave no gap
// before the one of eight.
unsafe impl DeviceRepr for Sizes {}

/// The most parts that `conv_parts` takes.
const PARTS: usize = 4;

/// The channels that `conv_parts` and `conv_pooled` load at once.
const EIGHT: usize = 8;

/// `PartSizes` of `sources.cuh`: the channels of each part, then how often its sides are doubled.
#[repr(C)]
#[derive(Clone, Copy)]
struct PartSizes {
    channels: [i32; PARTS],
    doubled: [i32; PARTS],
}

// SAFETY: eight plain values of four bytes in the order of the struct in sources.cuh.
unsafe impl DeviceRepr for PartSizes {}

/// What a kernel reads.
enum Source<'a> {
    Picture { x: CudaView<'a, f16>, fours: bool },
    Parts { maps: Vec<(CudaView<'a, f16>, CudaView<'a, f32>)>, sizes: PartSizes },
    Pooled { pooled: CudaView<'a, f16>, beside: CudaView<'a, f16>, channels: i32 },
}

pub(super) fn picture(
    op: &Conv,
    (x, layout): (&CudaStorage, &Layout),
    output: Output,
) -> Result<(CudaStorage, Shape)> {
    let values = device::values::<f16>(NAME, x, layout)?;
    let sizes = [op.channels, op.product.cuda(NAME)?.n(), layout.start_offset()];
    let fours = sizes.iter().all(|size| size.is_multiple_of(FOUR));
    forward(op, &x.device, &Source::Picture { x: values, fours }, output)
}

pub(super) fn parts(
    op: &Conv,
    device: &CudaDevice,
    parts: &[Part<'_>],
    output: Output,
) -> Result<(CudaStorage, Shape)> {
    if parts.len() > PARTS {
        let problem = format!("{} parts, a device takes {PARTS}", parts.len());
        return op::shape_error(NAME, problem);
    }
    let guards: Vec<_> = parts
        .iter()
        .map(|part| (part.x.storage_and_layout(), part.gate.storage_and_layout()))
        .collect();
    let mut maps = Vec::with_capacity(PARTS);
    // A part that is not there has no channels, and the memory of the last one.
    let mut sizes = PartSizes { channels: [0; PARTS], doubled: [0; PARTS] };
    for (i, ((x, gate), part)) in guards.iter().zip(parts).enumerate() {
        maps.push((values::<f16>(&x.0, x.1)?, values::<f32>(&gate.0, gate.1)?));
        [sizes.channels[i]] = device::ints(NAME, [part.x.dims()[3]])?;
        sizes.doubled[i] = part.factor.ilog2() as i32;
    }
    forward(op, device, &Source::Parts { maps, sizes }, output)
}

pub(super) fn pooled(
    op: &Conv,
    device: &CudaDevice,
    (pooled, beside): (&Tensor, &Tensor),
    output: Output,
) -> Result<(CudaStorage, Shape)> {
    let guards = (pooled.storage_and_layout(), beside.storage_and_layout());
    let [channels] = device::ints(NAME, [pooled.dims()[3]])?;
    let source = Source::Pooled {
        pooled: values(&guards.0.0, guards.0.1)?,
        beside: values(&guards.1.0, guards.1.1)?,
        channels,
    };
    forward(op, device, &source, output)
}

/// The values of a map or gate on a device, which are loaded in eights of channels.
fn values<'a, T: CudaDType + DeviceRepr>(
    storage: &'a Storage,
    layout: &Layout,
) -> Result<CudaView<'a, T>> {
    let channels = layout.dims().last().copied().unwrap_or_default();
    if !channels.is_multiple_of(EIGHT) || !layout.start_offset().is_multiple_of(EIGHT) {
        let problem = format!("a device takes maps in eights, not {:?}", layout.dims());
        return op::shape_error(NAME, problem);
    }
    device::held(NAME, storage, layout)
}

/// The sizes as the kernels take them.
fn sizes(op: &Conv, matrix: &Matrix, output: &Output) -> Result<Sizes> {
    let &Output { dims: (n, oh, ow), input: (h, w, c) } = output;
    let (kw, down, across) = (op.window.kernel.1, op.window.stride.0, op.window.stride.1);
    let (above, left) = op.window.before;
    let sizes = [h, w, c, oh, ow, matrix.n(), kw, matrix.k(), down, across, above, left];
    Ok(Sizes { ints: device::ints(NAME, sizes)?, pixels: (n * oh * ow) as i64 })
}

/// The kernel for a source and so many output channels, and how many of them a block has.
fn kernel(source: &Source<'_>, columns: usize) -> (&'static str, usize) {
    let few = columns.next_multiple_of(FEW) < columns.next_multiple_of(MANY);
    match source {
        Source::Picture { fours: true, .. } if few => ("conv_tiles_few", FEW),
        Source::Picture { fours: true, .. } => ("conv_tiles_fours", MANY),
        Source::Picture { fours: false, .. } => ("conv_tiles", MANY),
        Source::Parts { .. } => ("conv_parts", MANY),
        Source::Pooled { .. } => ("conv_pooled", MANY),
    }
}

fn forward(
    op: &Conv,
    device: &CudaDevice,
    source: &Source<'_>,
    output: Output,
) -> Result<(CudaStorage, Shape)> {
    let matrix = op.product.cuda(NAME)?;
    let sizes = sizes(op, matrix, &output)?;
    let Output { dims: (n, oh, ow), .. } = output;
    let (pixels, columns) = (n * oh * ow, matrix.n());
    let mut y = device::empty::<f16>(device, pixels * columns)?;
    if !columns.is_multiple_of(EIGHT) && !matches!(source, Source::Picture { .. }) {
        return op::shape_error(NAME, format!("a device makes channels in eights, not {columns}"));
    }
    let (name, across) = kernel(source, columns);
    let function = MODULE.function(device, name)?;
    let blocks = (pixels.div_ceil(PIXELS).max(1), columns.div_ceil(across), 1);
    let activation = ActivationCode::from(op.activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    match source {
        Source::Picture { x, .. } => {
            launch.arg(x);
        }
        Source::Parts { maps, sizes } => {
            for (x, gate) in maps.iter().chain(std::iter::repeat(&maps[maps.len() - 1])).take(PARTS)
            {
                launch.arg(x).arg(gate);
            }
            launch.arg(sizes);
        }
        Source::Pooled { pooled, beside, channels } => {
            launch.arg(pooled).arg(beside).arg(channels);
        }
    }
    launch.arg(matrix.weight()?).arg(matrix.bias()).arg(&mut y);
    launch.arg(&sizes).arg(&activation);
    // SAFETY: the arguments are those of the kernel; what it reads holds n·h·w·c values together,
    // each map by its own sizes, which were checked against each other, and a gate one row of its
    // map's channels for each picture; the weight has k·columns values, the bias `columns` and y
    // `pixels`·columns, which are the sizes that the kernel stays within. Eights of maps, gates and
    // weights start at addresses for them: all sizes and offsets are multiples, and memory of a
    // device is aligned.
    device::launched(unsafe { launch.launch(device::grid(blocks, (THREADS, 1, 1), 0)) })?;
    Ok(device::result(y, device, (n, oh, ow, columns)))
}
