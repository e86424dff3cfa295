//! One launch for the addition, and one for each part of a concatenation.

use candle_core::cuda_backend::cudarc::driver::{CudaSlice, PushKernelArg};
use candle_core::{CudaDevice, CudaStorage, Layout, Result, Shape, Storage, Tensor};
use half::f16;

use super::{NAME, channels, halved};
use crate::device::{self, Module};
use crate::op;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/upsample.fatbin")) };

pub(super) fn add(
    (large, large_layout): (&CudaStorage, &Layout),
    (small, small_layout): (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, c) = halved(large_layout, small_layout)?;
    let device = &large.device;
    let pairs = device::pairs(c, &[large_layout, small_layout]);
    let (name, width) = if pairs { ("upsample_add_pairs", 2) } else { ("upsample_add", 1) };
    let large = device::values::<f16>(NAME, large, large_layout)?;
    let small = device::values::<f16>(NAME, small, small_layout)?;
    let len = n * h * w * c;
    let count = (len / width) as i64;
    let ints = device::ints(NAME, [h, w, c / width])?;
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, name)?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&large).arg(&small).arg(&mut y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    // SAFETY: the arguments are those of the kernels; the large picture and y hold `count`
    // elements, the small one is half as high and wide, and pairs start at one.
    device::launched(unsafe { launch.launch(device::each(len / width)) })?;
    Ok(device::result(y, device, (n, h, w, c)))
}

/// Where one part goes in the result.
struct Place {
    whole: (usize, usize, usize),
    channels: usize,
    factor: usize,
    at: usize,
    all: usize,
}

pub(super) fn concat(
    smaller: &[(Tensor, usize)],
    last: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, c) = op::sizes4(NAME, layout)?;
    let whole = (n, h, w);
    let sizes = smaller.iter().map(|(part, factor)| channels(part.layout(), *factor, whole));
    let sizes: Vec<usize> = sizes.collect::<Result<_>>()?;
    let all = sizes.iter().sum::<usize>() + c;
    let mut y = device::empty::<f16>(&last.device, n * h * w * all)?;
    let mut at = 0;
    for ((part, factor), channels) in smaller.iter().zip(sizes) {
        let (guard, part_layout) = part.storage_and_layout();
        let Storage::Cuda(storage) = &*guard else {
            return op::shape_error(NAME, "tensors on different devices".into());
        };
        let place = Place { whole, channels, factor: *factor, at, all };
        copy(&last.device, (storage, part_layout), &mut y, &place)?;
        at += channels;
    }
    let place = Place { whole, channels: c, factor: 1, at, all };
    copy(&last.device, (last, layout), &mut y, &place)?;
    Ok(device::result(y, &last.device, (n, h, w, all)))
}

fn copy(
    device: &CudaDevice,
    (part, layout): (&CudaStorage, &Layout),
    y: &mut CudaSlice<f16>,
    place: &Place,
) -> Result<()> {
    let part = device::values::<f16>(NAME, part, layout)?;
    let &Place { whole: (n, h, w), channels, factor, at, all } = place;
    let len = n * h * w * channels;
    let count = len as i64;
    let ints = device::ints(NAME, [h, w, channels, factor, at, all])?;
    let function = MODULE.function(device, "upsample_part")?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&part).arg(y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    // SAFETY: the arguments are those of the kernel; y holds n · h · w pixels of `all` channels,
    // of which this part fills `channels` from `at` on.
    device::launched(unsafe { launch.launch(device::each(len)) })
}
