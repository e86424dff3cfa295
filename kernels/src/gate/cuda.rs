//! Two launches: the sums of pieces of the pictures, then one block a picture.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Gate, NAME};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/gate.fatbin")) };

/// Pixels that one block adds.
const PIECE_PX: usize = 1024;
/// Channels side by side in a block, and all its threads, as in `gate.cu`.
const LANES: usize = 32;
const THREADS: u32 = 256;
/// Bytes of shared memory that every device gives without being asked.
const SHARED_MAX: usize = 48 << 10;

pub(super) fn forward(
    op: &Gate,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, c) = op.sizes(layout)?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let (reduce, expand) = (op.reduce.cuda(NAME)?, op.expand.cuda(NAME)?);
    let (device, pixels, r) = (&storage.device, h * w, reduce.n());
    let shared = (c + r) * size_of::<f32>();
    if shared > SHARED_MAX {
        return crate::op::shape_error(NAME, format!("{c} channels are more than a device holds"));
    }
    let pieces = pixels.div_ceil(PIECE_PX);
    let mut sums = device::empty::<f32>(device, n * pieces * c)?;
    let [pixels, channels, piece, pieces_int, between] =
        device::ints(NAME, [pixels, c, PIECE_PX, pieces, r])?;
    let stream = device.cuda_stream();
    let function = MODULE.function(device, "gate_sums")?;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(&mut sums).arg(&pixels).arg(&channels).arg(&piece);
    let blocks = device::grid((c.div_ceil(LANES), pieces, n), (THREADS, 1, 1), 0);
    // SAFETY: the arguments are those of the kernel; x holds n pictures of `pixels` · c values and
    // `sums` c values for each of the n · `pieces` pieces, one a block.
    device::launched(unsafe { launch.launch(blocks) })?;

    let mut gate = device::empty::<f32>(device, n * c)?;
    let function = MODULE.function(device, "gate_layers")?;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&sums).arg(reduce.weight()?).arg(reduce.bias());
    launch.arg(expand.weight()?).arg(expand.bias()).arg(&mut gate);
    launch.arg(&pieces_int).arg(&pixels).arg(&channels).arg(&between).arg(&op.slope);
    let blocks = device::grid((n, 1, 1), (THREADS, 1, 1), shared);
    // SAFETY: the arguments are those of the kernel; the sums are as above, the layers (c, r) and
    // (r, c), the gate holds n · c values, and shared memory has room for c + r.
    device::launched(unsafe { launch.launch(blocks) })?;
    Ok(device::result(gate, device, (n, c)))
}
