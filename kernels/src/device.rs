//! What the CUDA half of every operation shares: its module on a device, contiguous input, fresh
//! output, weights that were copied once, and the size of a launch.
//!
//! Activations are f16 on a device, sums f32. A launch is put into the device's stream and not
//! waited for, so that an error of a kernel may come back from a later call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{
    CudaFunction, CudaSlice, CudaView, DeviceRepr, LaunchConfig, result, sys,
};
use candle_core::cuda_backend::cudarc::nvrtc::Ptx;
use candle_core::cuda_backend::{CudaDType, CudaError, DeviceId, WrapErr};
use candle_core::{CudaDevice, CudaStorage, Error, Layout, Result, Shape, Storage};
use half::f16;

use crate::activation::Activation;
use crate::dense::Lt;
use crate::linear::Linear;
use crate::op;

/// Threads of a block where each element is on its own.
const THREADS: u32 = 256;

/// The most blocks of such a launch: its threads stride over what is left.
const BLOCKS_MAX: usize = 1 << 20;

/// The functions that were loaded, for each device that was opened. An entry stays for the life
/// of the process: a device that has failed must not be asked to unload.
static FUNCTIONS: Mutex<Option<HashMap<(DeviceId, &'static str), CudaFunction>>> = Mutex::new(None);

/// Lets the driver keep what this process has freed, where it shares memory out in pools. Otherwise
/// it gives all of it back whenever somebody waits for the device, and asks for it again.
pub(crate) fn keep_memory(device: &CudaDevice) -> Result<()> {
    let stream = device.cuda_stream();
    let context = stream.context();
    if !context.has_async_alloc() {
        return Ok(());
    }
    // SAFETY: the device is one that the driver knows, since its context is open.
    let pool = unsafe { result::device::get_default_mem_pool(context.cu_device()) }.w()?;
    let attribute = sys::CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    let mut all = u64::MAX;
    // SAFETY: the attribute takes a number of 64 bits, which lives on beyond the call.
    let set = unsafe { sys::cuMemPoolSetAttribute(pool, attribute, (&raw mut all).cast()) };
    set.result().w()
}

/// The kernels of one operation.
pub(crate) struct Module {
    /// The operation.
    pub(crate) name: &'static str,
    /// What nvcc made of its `.cu` file.
    pub(crate) image: &'static [u8],
}

impl Module {
    /// A kernel by name, loaded when it is first asked for.
    pub(crate) fn function(&self, device: &CudaDevice, name: &'static str) -> Result<CudaFunction> {
        let mut functions = FUNCTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let functions = functions.get_or_insert_with(HashMap::new);
        if let Some(function) = functions.get(&(device.id(), name)) {
            return Ok(function.clone());
        }
        let load = |cuda| CudaError::Load { cuda, module_name: format!("{}: {name}", self.name) };
        let stream = device.cuda_stream();
        let image = Ptx::from_binary(self.image.to_vec());
        let module = stream.context().load_module(image).map_err(load)?;
        let function = module.load_function(name).map_err(load)?;
        functions.insert((device.id(), name), function.clone());
        Ok(function)
    }
}

/// A layer's weights on a device: the weight in f16 and the bias in f32.
#[derive(Debug)]
pub(crate) struct Matrix {
    weight: CudaStorage,
    bias: CudaSlice<f32>,
    /// The bias for whoever takes halves only.
    bias_half: CudaSlice<f16>,
    /// The library of the products that end in more than a sum, once there was one.
    lt: OnceLock<Arc<Lt>>,
    k: usize,
    n: usize,
}

impl Matrix {
    /// Copies a layer to a device; a missing bias is zero.
    pub(crate) fn new(op: &'static str, device: &CudaDevice, layer: Linear<'_>) -> Result<Self> {
        let (k, weight, bias) = layer.values(op)?;
        let n = weight.len() / k.max(1);
        Self::from_values(device, (k, n), &weight, &bias.unwrap_or_else(|| vec![0.0; n]))
    }

    /// Copies `weight` (K, N) and `bias`.
    pub(crate) fn from_values(
        device: &CudaDevice,
        (k, n): (usize, usize),
        weight: &[f32],
        bias: &[f32],
    ) -> Result<Self> {
        let halves = |values: &[f32]| {
            let values: Vec<f16> = values.iter().map(|value| f16::from_f32(*value)).collect();
            device.clone_htod(&values)
        };
        let weight = CudaStorage::wrap_cuda_slice(halves(weight)?, device.clone());
        let (bias_half, bias) = (halves(bias)?, device.clone_htod(bias)?);
        Ok(Self { weight, bias, bias_half, lt: OnceLock::new(), k, n })
    }

    pub(crate) fn k(&self) -> usize {
        self.k
    }

    pub(crate) fn n(&self) -> usize {
        self.n
    }

    /// The weight (K, N), row by row.
    pub(crate) fn weight(&self) -> Result<&CudaSlice<f16>> {
        self.weight.as_cuda_slice()
    }

    /// The bias (N).
    pub(crate) fn bias(&self) -> &CudaSlice<f32> {
        &self.bias
    }

    /// The bias (N) in halves.
    pub(crate) fn bias_half(&self) -> &CudaSlice<f16> {
        &self.bias_half
    }

    /// The library of the products that end in more than a sum.
    pub(crate) fn lt(&self) -> Result<&Lt> {
        if let Some(lt) = self.lt.get() {
            return Ok(lt);
        }
        let lt = Lt::of(&self.weight.device)?;
        Ok(self.lt.get_or_init(|| lt))
    }

    /// `x · W` without the bias, by cuBLAS: f16 with sums in f32. `x` holds `rows` rows of K values
    /// from the start of `layout`.
    pub(crate) fn multiply(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        rows: usize,
    ) -> Result<CudaStorage> {
        let left = Layout::contiguous_with_offset((1, rows, self.k), layout.start_offset());
        let right = Layout::contiguous((1, self.k, self.n));
        x.matmul(&self.weight, (1, rows, self.n, self.k), &left, &right)
    }
}

/// The values behind a contiguous tensor.
pub(crate) fn values<'a, T: CudaDType + DeviceRepr>(
    op: &'static str,
    storage: &'a CudaStorage,
    layout: &Layout,
) -> Result<CudaView<'a, T>> {
    let dtype = storage.dtype();
    let slice = storage.as_cuda_slice::<T>().map_err(|_| {
        let wanted = std::any::type_name::<T>();
        Error::Msg(format!("{op}: on a device it computes with {wanted}, not {dtype:?}")).bt()
    })?;
    match layout.contiguous_offsets() {
        Some((from, to)) if from < to => Ok(slice.slice(from..to)),
        Some(_) => op::shape_error(op, format!("{:?} holds nothing", layout.dims())),
        None => op::shape_error(op, "the input must be contiguous".into()),
    }
}

/// The same of a tensor that an operation holds beside its input: it must lie on a device, too.
pub(crate) fn held<'a, T: CudaDType + DeviceRepr>(
    op: &'static str,
    storage: &'a Storage,
    layout: &Layout,
) -> Result<CudaView<'a, T>> {
    match storage {
        Storage::Cuda(storage) => values(op, storage, layout),
        _ => op::shape_error(op, "tensors on different devices".into()),
    }
}

/// Whether the channels can be taken in pairs: their number is even, and so is where each tensor
/// starts in its memory.
pub(crate) fn pairs(channels: usize, layouts: &[&Layout]) -> bool {
    channels.is_multiple_of(2)
        && layouts.iter().all(|layout| layout.start_offset().is_multiple_of(2))
}

/// Memory for `len` values that a kernel writes, every one of them.
pub(crate) fn empty<T: DeviceRepr>(device: &CudaDevice, len: usize) -> Result<CudaSlice<T>> {
    // SAFETY: every kernel of this crate writes each element of its output before anything reads
    // it, and any bit pattern is a value of the types that are asked for.
    unsafe { device.alloc::<T>(len.max(1)) }
}

/// The result of an operation.
pub(crate) fn result<T: CudaDType>(
    slice: CudaSlice<T>,
    device: &CudaDevice,
    shape: impl Into<Shape>,
) -> (CudaStorage, Shape) {
    (CudaStorage::wrap_cuda_slice(slice, device.clone()), shape.into())
}

/// A launch for `len` elements that are on their own.
pub(crate) fn each(len: usize) -> LaunchConfig {
    let blocks = len.div_ceil(THREADS as usize).clamp(1, BLOCKS_MAX);
    grid((blocks, 1, 1), (THREADS, 1, 1), 0)
}

/// A launch of `blocks` blocks of `threads` threads with so many bytes of shared memory. A size
/// that no device takes is refused by the driver.
pub(crate) fn grid(
    blocks: (usize, usize, usize),
    threads: (u32, u32, u32),
    shared_mem_bytes: usize,
) -> LaunchConfig {
    let size = |blocks: usize| u32::try_from(blocks).unwrap_or(u32::MAX);
    LaunchConfig {
        grid_dim: (size(blocks.0), size(blocks.1), size(blocks.2)),
        block_dim: threads,
        shared_mem_bytes: u32::try_from(shared_mem_bytes).unwrap_or(u32::MAX),
    }
}

/// Sizes as the kernels take them.
pub(crate) fn ints<const N: usize>(op: &'static str, sizes: [usize; N]) -> Result<[i32; N]> {
    let mut ints = [0; N];
    for (int, size) in ints.iter_mut().zip(sizes) {
        *int = i32::try_from(size)
            .map_err(|_| Error::Msg(format!("{op}: {size} is too large for a device")).bt())?;
    }
    Ok(ints)
}

/// An [`Activation`] as the kernels take it, see `common.cuh`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActivationCode {
    kind: i32,
    slope: f32,
}

// SAFETY: two plain values in the order of the struct in common.cuh, without padding.
unsafe impl DeviceRepr for ActivationCode {}

impl From<Activation> for ActivationCode {
    fn from(activation: Activation) -> Self {
        let (kind, slope) = match activation {
            Activation::Linear => (0, 0.0),
            Activation::Relu => (1, 0.0),
            Activation::Gelu => (2, 0.0),
            Activation::Swish => (3, 0.0),
            Activation::HardSwish => (4, 0.0),
            Activation::Sigmoid => (5, 0.0),
            Activation::HardSigmoid { slope } => (6, slope),
        };
        Self { kind, slope }
    }
}

/// The last error of a launch as candle's.
pub(crate) fn launched<T, E>(result: std::result::Result<T, E>) -> Result<()>
where
    std::result::Result<T, E>: WrapErr<T>,
{
    result.w().map(|_| ())
}
