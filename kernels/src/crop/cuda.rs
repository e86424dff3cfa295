//! One launch for all lines of a batch, whatever pages they come from.

use candle_core::cuda_backend::cudarc::driver::{DevicePtr, DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape, Tensor};
use half::f16;

use super::{Crop, FIELDS, NAME};
use crate::device::{self, Module};
use crate::resize::page_sizes;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/crop.fatbin")) };

/// `Page` of `crop.cu`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Page {
    pixels: u64,
    height: i64,
    width: i64,
}

// SAFETY: plain values in the order of the struct in crop.cu, without padding.
unsafe impl DeviceRepr for Page {}

pub(super) fn forward(
    op: &Crop<'_>,
    table: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let lines = device::values::<f32>(NAME, table, layout)?;
    let device = &table.device;
    let stream = device.cuda_stream();
    let storages: Vec<_> = op.pages.iter().map(Tensor::storage_and_layout).collect();
    let mut views = Vec::with_capacity(storages.len());
    for (storage, layout) in &storages {
        views.push((device::held::<u8>(NAME, storage, layout)?, page_sizes(NAME, layout)?));
    }
    // The guards keep the pages until the launch below is in the stream.
    let mut guards = Vec::with_capacity(views.len());
    let mut pages = Vec::with_capacity(views.len());
    for (view, (height, width)) in &views {
        let (pixels, guard) = view.device_ptr(&stream);
        pages.push(Page { pixels, height: *height as i64, width: *width as i64 });
        guards.push(guard);
    }
    let pages = stream.clone_htod(&pages);
    let pages = candle_core::cuda_backend::WrapErr::w(pages)?;
    let count = lines.len() / FIELDS * op.height * op.width;
    let mut out = device::empty::<f16>(device, count * 3)?;
    let function = MODULE.function(device, "crop_lines")?;
    let [height, width] = device::ints(NAME, [op.height, op.width])?;
    let pixels = count as i64;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&pages).arg(&lines).arg(&mut out).arg(&pixels).arg(&height).arg(&width);
    // SAFETY: the arguments are those of the kernel; `pages` holds the addresses and sizes of
    // pages that live until the launch is in the stream, each line names one of them and no more
    // columns than there are, as the caller has checked, and `out` holds three values a pixel.
    device::launched(unsafe { launch.launch(device::each(count)) })?;
    drop(guards);
    Ok(device::result(out, device, (lines.len() / FIELDS, op.height, op.width, 3)))
}
