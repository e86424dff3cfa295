"""Runs one of the original networks in ONNX Runtime: the reference of the parity test.

usage: onnx_reference.py MODEL.onnx IN OUT N H W [best]

IN holds N*H*W*3 f32 values (channels last); OUT receives the network's output as f32 values, or
with `best` only the likeliest class of each step.
"""
import pathlib
import sys

import numpy
import onnxruntime
import rapidocr

name, source, target = sys.argv[1:4]
n, h, w = map(int, sys.argv[4:7])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
path = pathlib.Path(rapidocr.__file__).parent / "models" / name
session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
x = numpy.fromfile(source, numpy.float32).reshape(n, h, w, 3).transpose(0, 3, 1, 2)
(y,) = session.run(None, {session.get_inputs()[0].name: numpy.ascontiguousarray(x)})
if sys.argv[7:] == ["best"]:
    y = y.argmax(axis=-1)
y.astype(numpy.float32).tofile(target)
