import { backend_util, type GatherV2Attrs, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyRun, elementsOf, firstElement } from '../copy.js';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend.js';

/** `x[..., indices, ...]` along an axis. The original computes the coordinates of every element by division. */
export function gather(backend: WasmBackend, inputs: KernelInputs<'x' | 'indices'>, attrs: GatherV2Attrs): TensorInfo {
  const { x, indices } = inputs;
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
  const { segment_util } = backend_util;
  const info = segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, attrs.batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const out = backend.makeOutput(outputShape, x.dtype);
  const count = util.sizeFromShape(indices.shape) / Math.max(1, batchSize);
  const heap = elementsOf(backend, x.dtype);
  const from = firstElement(backend, x);
  let to = firstElement(backend, out);
  const { HEAP32, HEAPF32 } = backend.wasm;
  const positions = indices.dtype === 'int32' ? HEAP32 : HEAPF32;
  const first = offsetOf(backend, indices) >>> 2;
  for (let batch = 0; batch < batchSize; batch++) {
    for (let outer = 0; outer < outerSize; outer++) {
      const block = from + (batch * outerSize + outer) * dimSize * sliceSize;
      for (let i = 0; i < count; i++, to += sliceSize) {
        const index = positions[first + batch * count + i]!;
        if (!(index >= 0 && index < dimSize)) {
          backend.disposeData(out.dataId);
          throw new WasmGradientsError(
            'WASM_KERNEL_ARGUMENT',
            `GatherV2: the index value ${index} is not in [0, ${dimSize - 1}], which is axis ${axis} of x [${x.shape}].`,
          );
        }
        copyRun(heap, block + index * sliceSize, to, sliceSize);
      }
    }
  }
  return out;
}
