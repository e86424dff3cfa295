//! Two launches for all pages and lines: the pages in grey, and the counts, a block a line or page.

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::{DevicePtr, DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};

use super::{FIELDS, NAME, Op, WORDS};
use crate::device::{self, Module};
use crate::resize::page_sizes;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/strip.fatbin")) };

/// `THREADS` of `strip.cu`.
const THREADS: u32 = 512;

/// `Page` of `strip.cu`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Page {
    pixels: u64,
    stride: i64,
    start: i64,
    size: [i32; 3],
    unused: i32,
}

// SAFETY: plain values in the order of the struct in strip.cu, without padding.
unsafe impl DeviceRepr for Page {}

pub(super) fn forward(
    op: &Op<'_>,
    table: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let table_values = device::values::<f32>(NAME, table, layout)?;
    let device = &table.device;
    let stream = device.cuda_stream();
    let storages: Vec<_> = op.pages.iter().map(|page| page.pixels.storage_and_layout()).collect();
    let mut views = Vec::with_capacity(storages.len());
    for (storage, layout) in &storages {
        views.push((device::held::<u8>(NAME, storage, layout)?, page_sizes(NAME, layout)?.1));
    }
    // The guards keep the pages until the launches below are in the stream.
    let mut guards = Vec::with_capacity(views.len());
    let mut pages = Vec::with_capacity(views.len());
    let (mut start, mut largest) = (0, 0);
    for ((view, stride), grid) in views.iter().zip(op.grids) {
        let (pixels, guard) = view.device_ptr(&stream);
        let size = device::ints(NAME, [grid.width, grid.height, grid.shrink])?;
        pages.push(Page { pixels, stride: *stride as i64, start: start as i64, size, unused: 0 });
        guards.push(guard);
        start += grid.width * grid.height;
        largest = largest.max(grid.width * grid.height);
    }
    let pages = stream.clone_htod(&pages).w()?;
    let mut grey = device::empty::<u8>(device, start)?;
    let function = MODULE.function(device, "strip_grey")?;
    let mut size = device::each(largest);
    size.grid_dim.1 = device::ints(NAME, [op.pages.len()])?[0].unsigned_abs();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&pages).arg(&mut grey);
    // SAFETY: the arguments are those of the kernel; `pages` holds the addresses and sizes of as
    // many pages as the launch is high, which live until it is in the stream, and `grey` has room
    // for all their squares.
    device::launched(unsafe { launch.launch(size) })?;
    let blocks = table_values.len() / FIELDS;
    let lines = blocks - op.pages.len();
    let words = lines * WORDS + op.pages.len();
    let mut out = device::empty::<u32>(device, words)?;
    let [count] = device::ints(NAME, [lines])?;
    let function = MODULE.function(device, "strip_count")?;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&pages).arg(&grey).arg(&table_values).arg(&mut out).arg(&count);
    // SAFETY: the arguments are those of the kernel; each row of the table names one of the pages,
    // as the caller has checked, and no more columns and rows than there is room for; `grey` was
    // written by the launch before, and `out` holds WORDS numbers a line and one a page.
    device::launched(unsafe { launch.launch(device::grid((blocks, 1, 1), (THREADS, 1, 1), 0)) })?;
    drop(guards);
    Ok(device::result(out, device, words))
}
