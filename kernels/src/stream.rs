//! A GPU with a stream of its own: what several threads put to it one by one runs side by side.

use candle_core::{Device, Result};

/// The GPU of this number, with a stream, and the libraries that work on it, of its own. Nothing
/// that was made on it may be used with another stream: nobody would wait for the other.
///
/// # Errors
/// Where there is none, or this build knows no GPU.
pub fn open(number: usize) -> Result<Device> {
    let device = Device::new_cuda_with_stream(number)?;
    #[cfg(feature = "cuda")]
    prepare(&device)?;
    Ok(device)
}

/// Spares a device what it does for programs that mix streams, and lets it keep its memory.
#[cfg(feature = "cuda")]
fn prepare(device: &Device) -> Result<()> {
    let device = device.as_cuda_device()?;
    // SAFETY: the events, one for each use of a tensor, would make streams wait for each other.
    // Tensors of this device are used by its own stream alone.
    unsafe { device.disable_event_tracking() };
    crate::device::keep_memory(device)
}
