//! One product by cuBLASLt, which adds the bias and applies the activation, or adds a shortcut,
//! before the result is written: what follows a product takes no pass over memory of its own.
//!
//! Rows of the tensors here are columns of the library's matrices: `y = x · W` is `Y = W · X` to
//! it, with as many rows as the layer has outputs, to each of which a value of the bias is added.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use candle_core::cuda_backend::DeviceId;
use candle_core::cuda_backend::cudarc::cublaslt::{result, sys};
use candle_core::cuda_backend::cudarc::driver::{
    CudaSlice, CudaStream, CudaView, CudaViewMut, DevicePtr, DevicePtrMut,
};
use candle_core::{CudaDevice, Error, Result};
use half::f16;

use crate::activation::Activation;
use crate::device;

use sys::cublasLtEpilogue_t as Epilogue;
use sys::cublasLtMatmulPreferenceAttributes_t as Preference;

/// Bytes that a product may use beside its matrices: what NVIDIA advises for Hopper.
const WORKSPACE: usize = 32 << 20;
/// Shapes whose way is remembered; a service that reads for years sees many.
const WAYS_MAX: usize = 1 << 14;
/// The alignment past which the library makes no difference.
const ALIGNMENT_MAX: u64 = 256;

/// The libraries in use, one for each device that was opened.
static OPEN: Mutex<Option<HashMap<DeviceId, Weak<Lt>>>> = Mutex::new(None);

/// What a product is like, as far as the library's choice of a way depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    rows: usize,
    k: usize,
    n: usize,
    epilogue: Epilogue,
    /// Bytes to which the weight, `x`, the shortcut and the result are aligned.
    alignments: [u32; 4],
}

/// How the library computes a shape; `None` where it knows no way.
type Way = Option<sys::cublasLtMatmulAlgo_t>;

/// The library on a device.
#[derive(Debug)]
pub(crate) struct Lt {
    handle: sys::cublasLtHandle_t,
    workspace: CudaSlice<u8>,
    stream: Arc<CudaStream>,
    ways: Mutex<HashMap<Shape, Way>>,
}

// SAFETY: the library lets any thread use a handle, several at once too; all else is Send.
unsafe impl Send for Lt {}
// SAFETY: as above; what changes stands behind a mutex.
unsafe impl Sync for Lt {}

impl Drop for Lt {
    fn drop(&mut self) {
        // SAFETY: the handle was created with this value and nobody has it any more. That a broken
        // device cannot give it back is no concern of whoever drops this.
        let _ = unsafe { result::destroy_handle(self.handle) };
    }
}

/// The operands of `y = act(x · W + bias)` or `x · W + bias + shortcut`.
pub(super) struct Operands<'a> {
    /// (K, N)
    pub(super) weight: &'a CudaSlice<f16>,
    /// (N)
    pub(super) bias: &'a CudaSlice<f16>,
    /// (rows, K) from its start.
    pub(super) x: &'a CudaView<'a, f16>,
    /// As many values as the result.
    pub(super) shortcut: Option<&'a CudaView<'a, f16>>,
    /// rows, K and N.
    pub(super) sizes: (usize, usize, usize),
}

/// What the library can do at the end of a product. Its GELU is the approximation by tanh, within
/// 5e-4 of the exact one, which is about the step between halves at 1.
pub(super) fn epilogue(activation: Activation) -> Option<Epilogue> {
    match activation {
        Activation::Linear => Some(Epilogue::CUBLASLT_EPILOGUE_BIAS),
        Activation::Relu => Some(Epilogue::CUBLASLT_EPILOGUE_RELU_BIAS),
        Activation::Gelu => Some(Epilogue::CUBLASLT_EPILOGUE_GELU_BIAS),
        _ => None,
    }
}

impl Lt {
    /// The library on this device, opened where nobody has it yet.
    pub(crate) fn of(device: &CudaDevice) -> Result<Arc<Self>> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_with(HashMap::new);
        if let Some(lt) = open.get(&device.id()).and_then(Weak::upgrade) {
            return Ok(lt);
        }
        open.retain(|_, lt| lt.strong_count() > 0);
        let workspace = device::empty::<u8>(device, WORKSPACE)?;
        let handle = result::create_handle().map_err(|error| {
            let place = "libcublasLt.so.13 must be where libcublas.so.13 is";
            Error::Msg(format!("dense: cuBLASLt cannot be used: {error}; {place}")).bt()
        })?;
        let (stream, ways) = (device.cuda_stream(), Mutex::default());
        let lt = Arc::new(Self { handle, workspace, stream, ways });
        open.insert(device.id(), Arc::downgrade(&lt));
        Ok(lt)
    }

    /// Writes the product to `y` (rows, N); false where the library knows no way.
    pub(super) fn product(
        &self,
        operands: &Operands<'_>,
        epilogue: Epilogue,
        y: &mut CudaViewMut<'_, f16>,
    ) -> Result<bool> {
        let (stream, (rows, k, n)) = (&self.stream, operands.sizes);
        let (weight, _weight) = operands.weight.device_ptr(stream);
        let (bias, _bias) = operands.bias.device_ptr(stream);
        let (x, _x) = operands.x.device_ptr(stream);
        let shortcut = operands.shortcut.map(|shortcut| shortcut.device_ptr(stream));
        let (y, _y) = y.device_ptr_mut(stream);
        let (workspace, _workspace) = self.workspace.device_ptr(stream);
        // Without a shortcut the result itself stands there, with the factor 0: it is not read.
        let added = shortcut.as_ref().map_or(y, |(shortcut, _)| *shortcut);
        let plan = Plan::new(operands.sizes, epilogue, bias)?;
        let alignments = [weight, x, added, y].map(alignment);
        let shape = Shape { rows, k, n, epilogue, alignments };
        let Some(way) = self.way(shape, &plan)? else { return Ok(false) };
        let (one, beta) = (1_f32, if shortcut.is_some() { 1_f32 } else { 0.0 });
        // SAFETY: the matrices hold what `plan` says of them: the weight k·n values, x rows·k, the
        // shortcut and y rows·n each, and the bias n; the way was made for their alignment. The
        // guards above keep them in place until the call is in the stream.
        let called = unsafe {
            result::matmul(
                self.handle,
                plan.product.0,
                (&raw const one).cast(),
                (&raw const beta).cast(),
                weight as *const c_void,
                plan.weight.0,
                x as *const c_void,
                plan.x.0,
                added as *const c_void,
                plan.y.0,
                y as *mut c_void,
                plan.y.0,
                &raw const way,
                workspace as *mut c_void,
                WORKSPACE,
                stream.cu_stream().cast(),
            )
        };
        called.map_err(told).map(|()| true)
    }

    /// How the library computes this shape: it is asked once.
    fn way(&self, shape: Shape, plan: &Plan) -> Result<Way> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = ways.get(&shape) {
            return Ok(*way);
        }
        let preference = wishes(shape.alignments)?;
        // SAFETY: all descriptions were created and live on.
        let found = unsafe {
            result::get_matmul_algo_heuristic(
                self.handle,
                plan.product.0,
                plan.weight.0,
                plan.x.0,
                plan.y.0,
                plan.y.0,
                preference.0,
            )
        };
        let way = match found {
            Ok(found) => Some(found.algo),
            Err(result::CublasError(sys::cublasStatus_t::CUBLAS_STATUS_NOT_SUPPORTED)) => None,
            Err(error) => return Err(told(error)),
        };
        if ways.len() >= WAYS_MAX {
            ways.clear();
        }
        ways.insert(shape, way);
        Ok(way)
    }
}

/// A matrix of halves without gaps, as the library knows it.
struct Matrix(sys::cublasLtMatrixLayout_t);

impl Matrix {
    fn new(rows: usize, columns: usize) -> Result<Self> {
        let half = sys::cudaDataType_t::CUDA_R_16F;
        result::create_matrix_layout(half, rows as u64, columns as u64, rows as i64)
            .map(Self)
            .map_err(told)
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and nobody has it any more.
        let _ = unsafe { result::destroy_matrix_layout(self.0) };
    }
}

/// What is to be computed: sums in single precision, and what follows them.
struct Product(sys::cublasLtMatmulDesc_t);

impl Drop for Product {
    fn drop(&mut self) {
        // SAFETY: created by `Plan::new`, and nobody has it any more.
        let _ = unsafe { result::destroy_matmul_desc(self.0) };
    }
}

/// What a way must be good for.
struct Wishes(sys::cublasLtMatmulPreference_t);

impl Drop for Wishes {
    fn drop(&mut self) {
        // SAFETY: created by `wishes`, and nobody has it any more.
        let _ = unsafe { result::destroy_matmul_pref(self.0) };
    }
}

/// A product as the library wants it described.
struct Plan {
    product: Product,
    weight: Matrix,
    x: Matrix,
    y: Matrix,
}

impl Plan {
    fn new((rows, k, n): (usize, usize, usize), epilogue: Epilogue, bias: u64) -> Result<Self> {
        use sys::cublasLtMatmulDescAttributes_t as Attribute;
        let compute = sys::cublasComputeType_t::CUBLAS_COMPUTE_32F;
        let single = sys::cudaDataType_t::CUDA_R_32F;
        let product = Product(result::create_matmul_desc(compute, single).map_err(told)?);
        let set = |attribute, value: *const c_void, size| {
            // SAFETY: the attribute takes a value of this size, which lives on beyond the call.
            unsafe { result::set_matmul_desc_attribute(product.0, attribute, value, size) }
        };
        let at = (&raw const epilogue).cast();
        set(Attribute::CUBLASLT_MATMUL_DESC_EPILOGUE, at, size_of::<Epilogue>()).map_err(told)?;
        let at = (&raw const bias).cast();
        let size = size_of::<u64>();
        set(Attribute::CUBLASLT_MATMUL_DESC_BIAS_POINTER, at, size).map_err(told)?;
        let (weight, x) = (Matrix::new(n, k)?, Matrix::new(k, rows)?);
        Ok(Self { product, weight, x, y: Matrix::new(n, rows)? })
    }
}

/// What a way for matrices of these alignments must be good for.
fn wishes(alignments: [u32; 4]) -> Result<Wishes> {
    let wishes = Wishes(result::create_matmul_pref().map_err(told)?);
    let set = |attribute, value: *const c_void, size| {
        // SAFETY: the attribute takes a value of this size, which lives on beyond the call.
        unsafe { result::set_matmul_pref_attribute(wishes.0, attribute, value, size) }
    };
    let workspace = WORKSPACE;
    let most = Preference::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
    set(most, (&raw const workspace).cast(), size_of::<usize>()).map_err(told)?;
    let attributes = [
        Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
        Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
        Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES,
    ];
    for (attribute, bytes) in attributes.into_iter().zip(&alignments) {
        let at: *const u32 = bytes;
        set(attribute, at.cast(), size_of::<u32>()).map_err(told)?;
    }
    Ok(wishes)
}

/// The bytes to which an address is aligned, as far as it matters.
fn alignment(address: u64) -> u32 {
    (1 << address.trailing_zeros().min(ALIGNMENT_MAX.trailing_zeros())) as u32
}

/// An error of the library as candle's; its name tells what it means for the device.
fn told(error: result::CublasError) -> Error {
    Error::Msg(format!("dense: cuBLASLt: {error}")).bt()
}
