//! The operations of the networks that candle does slowly or not at all.
//!
//! One folder an operation: `mod.rs` holds its shape checks and its `CustomOp`, `cpu.rs` the CPU
//! twin that is the reference, and with the feature `cuda` `cuda.rs` launches the kernels of the
//! `.cu` file beside it. Activations are channels-last `(N, H, W, C)` and contiguous, so that a
//! 1×1 convolution is a matrix product: f32 on the CPU, f16 with sums in f32 on a GPU. A result
//! depends on its own row alone, never on what else is in the batch: the same line reads the same
//! in any company.
//!
//! This room knows nothing of documents, files or the names of weights.

pub mod activation;
pub mod attention;
pub mod conv;
pub mod crop;
pub mod ctc;
pub mod deconv;
pub mod dense;
pub mod depthwise;
pub mod gate;
pub mod linear;
pub mod mlp;
pub mod placed;
pub mod pool;
pub mod resize;
pub mod scale;
pub mod stream;
pub mod strip;
pub mod timing;
pub mod upsample;

#[cfg(feature = "cuda")]
mod device;
mod dot;
mod op;
mod simd;
