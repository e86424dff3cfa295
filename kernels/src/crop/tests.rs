//! Lines of a page that is dark on the left and bright on the right.

use super::*;

fn page() -> Tensor {
    let bytes: Vec<u8> =
        (0..60 * 100).flat_map(|i| [if i % 100 < 50 { 0 } else { 255 }; 3]).collect();
    upload(&bytes, (100, 60), &Device::Cpu).unwrap()
}

fn cut(corners: [[f32; 2]; 4]) -> Vec<f32> {
    let line = Quad { page: 0, corners, sides: (40.0, 20.0), text: 16 };
    let cut = crop(&[page()], &[line], (8, 20)).unwrap();
    assert_eq!(cut.dims(), [1, 8, 20, 3]);
    cut.flatten_all().unwrap().to_vec1().unwrap()
}

const UPRIGHT: [[f32; 2]; 4] = [[30.0, 20.0], [70.0, 20.0], [70.0, 40.0], [30.0, 40.0]];

#[test]
fn a_crop_keeps_left_and_right_and_pads_with_grey() {
    let out = cut(UPRIGHT);
    assert_eq!((out[0], out[15 * 3], out[16 * 3], out[19 * 3]), (-1.0, 1.0, 0.0, 0.0));
}

#[test]
fn text_that_is_upside_down_is_turned() {
    let [a, b, c, d] = UPRIGHT;
    let out = cut([c, d, a, b]);
    assert_eq!((out[0], out[15 * 3]), (1.0, -1.0));
}

#[test]
fn a_quadrilateral_without_area_or_off_the_page_is_harmless() {
    let far = [[-50.0, -50.0], [500.0, -50.0], [500.0, 500.0], [-50.0, 500.0]];
    for corners in [[[0.0; 2]; 4], far] {
        assert!(cut(corners).iter().all(|value| (-1.0..=1.0).contains(value)));
    }
}

#[test]
fn lines_of_several_pages_keep_their_places_in_the_batch() {
    let bright = upload(&[255; 8 * 8 * 3], (8, 8), &Device::Cpu).unwrap();
    let dark = upload(&[0; 4 * 9 * 3], (4, 9), &Device::Cpu).unwrap();
    let line = |page| Quad { page, corners: UPRIGHT, sides: (40.0, 20.0), text: 2 };
    let cut = crop(&[bright, dark], &[line(1), line(0)], (1, 2)).unwrap();
    let values = cut.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(values, [[-1.0; 6], [1.0; 6]].concat());
}

#[test]
fn a_line_that_does_not_fit_is_refused() {
    let line = |page, text| Quad { page, corners: UPRIGHT, sides: (40.0, 20.0), text };
    for wrong in [line(1, 8), line(0, 21), line(0, 0)] {
        assert!(crop(&[page()], &[wrong], (8, 20)).is_err(), "{wrong:?}");
    }
    assert!(crop(&[], &[line(0, 8)], (8, 20)).is_err());
}
