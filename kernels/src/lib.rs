//! The operations of the networks that candle does slowly or not at all.
//!
//! One folder an operation: `mod.rs` holds its shape checks and its `CustomOp`, `cpu.rs` the CPU
//! twin that is the reference. Activations are channels-last `(N, H, W, C)` f32 and contiguous,
//! so that a 1×1 convolution is a matrix product. A result depends on its own row alone, never
//! on what else is in the batch: the same line reads the same in any company.
//!
//! This room knows nothing of documents, files or the names of weights.

pub mod activation;
pub mod conv;
pub mod ctc;
pub mod deconv;
pub mod dense;
pub mod depthwise;
pub mod gate;
pub mod linear;
pub mod mlp;
pub mod pool;
pub mod scale;
pub mod timing;
pub mod upsample;

mod dot;
mod op;
mod simd;
