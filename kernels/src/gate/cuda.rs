//! One launch: the sums of pieces of the pictures, and the layers of each picture by the block
//! that is done last with it.

use std::sync::OnceLock;

use candle_core::cuda_backend::cudarc::driver::{CudaSlice, DeviceRepr, PushKernelArg};
use candle_core::{CudaDevice, CudaStorage, Layout, Result, Shape};
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
/// Bytes of shared memory that every device gives without being asked, less what the kernel has of
/// its own.
const SHARED_MAX: usize = 46 << 10;
/// Pictures of a launch at most.
const PICTURES: usize = 4096;

/// How many blocks of each picture of a launch are done: zeros between two launches, which are in
/// the order of the device's stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrived(OnceLock<CudaSlice<u32>>);

impl Arrived {
    fn on(&self, device: &CudaDevice) -> Result<&CudaSlice<u32>> {
        if let Some(arrived) = self.0.get() {
            return Ok(arrived);
        }
        let zeros = device.clone_htod(&[0; PICTURES])?;
        Ok(self.0.get_or_init(|| zeros))
    }
}

/// `Sizes` of `gate.cu`: pixels, channels, pixels of a piece, values between the layers.
#[repr(C)]
#[derive(Clone, Copy)]
struct Sizes {
    ints: [i32; 4],
    slope: f32,
}

// SAFETY: five plain values of four bytes in the order of the struct in gate.cu.
unsafe impl DeviceRepr for Sizes {}

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
    let sizes = Sizes { ints: device::ints(NAME, [pixels, c, PIECE_PX, r])?, slope: op.slope };
    let mut sums = device::empty::<f32>(device, n.min(PICTURES) * pieces * c)?;
    let mut factors = device::empty::<f32>(device, n * c)?;
    let arrived = op.arrived.on(device)?;
    let function = MODULE.function(device, "gate")?;
    let stream = device.cuda_stream();
    for first in (0..n).step_by(PICTURES) {
        let behind = (first + PICTURES).min(n);
        let pictures = x.slice(first * pixels * c..behind * pixels * c);
        let mut made = factors.slice_mut(first * c..behind * c);
        let mut launch = stream.launch_builder(&function);
        launch.arg(&pictures).arg(&mut sums).arg(arrived);
        launch.arg(reduce.weight()?).arg(reduce.bias());
        launch.arg(expand.weight()?).arg(expand.bias()).arg(&mut made).arg(&sizes);
        let blocks = (c.div_ceil(LANES), pieces, behind - first);
        // SAFETY: the arguments are those of the kernel; `pictures` holds `pixels` · c values for
        // each in the grid, `made` c, `sums` c for each of their pieces, `arrived` a zero for each;
        // the layers are (c, r) and (r, c), and shared memory has room for c + r.
        device::launched(unsafe { launch.launch(device::grid(blocks, (THREADS, 1, 1), shared)) })?;
    }
    Ok(device::result(factors, device, (n, c)))
}
