import * as tf from '@tensorflow/tfjs-core';
import { WasmBackendNotRegisteredError } from './errors.js';
import { erf, leakyRelu, tanh } from './kernels/activations.js';
import { avgPool } from './kernels/avg-pool.js';
import { batchMatMul } from './kernels/batch-mat-mul.js';
import { conv2DBackpropFilter } from './kernels/conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './kernels/conv2d-backprop-input.js';
import { conv3DBackpropFilter, conv3DBackpropInput } from './kernels/conv3d-backprop.js';
import { conv2D, depthwiseConv2D, fusedConv2D, fusedDepthwiseConv2D } from './kernels/convolution.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './kernels/depthwise-backprop.js';
import { dilation2D, dilation2DBackpropFilter, dilation2DBackpropInput } from './kernels/dilations.js';
import { einsum } from './kernels/einsum.js';
import {
  cast,
  clip,
  constantForWholeNumbers,
  forWholeNumbers,
  keepingNaN,
  modulo,
  prelu,
  relu6,
  select,
} from './kernels/elementwise.js';
import { emptyLike, emptyTransposed, indexOfNothing, ofNothing } from './kernels/empty-reductions.js';
import { fusedMatMul } from './kernels/fused-mat-mul.js';
import { gather } from './kernels/gather.js';
import { maxPool, maxPool3D, maxPool3DGrad, maxPoolGrad, maxPoolWithArgmax } from './kernels/max-pools.js';
import { sumLeading } from './kernels/reductions.js';
import { cropAndResize, resizeBilinear, resizeBilinearGrad, resizeNearestNeighborGrad } from './kernels/resize.js';
import { reverse, stridedSlice } from './kernels/reverse.js';
import { slice, splitV, unpack } from './kernels/slices.js';
import { tile } from './kernels/tile.js';
import { unsortedSegmentSum } from './kernels/unsorted-segment-sum.js';
import { endStyledKernels } from './styled/kernels.js';
import { styledColours } from './styled/styled-colours.js';
import { styledConvolution, styledWeight } from './styled/styled-convolution.js';
import { type WasmBackend, wasmBackend } from './wasm-backend.js';

/** A kernel; where it returns undefined, the backend's own does the work. */
// biome-ignore lint/suspicious/noExplicitAny: every kernel has inputs and attributes of its own
type Kernel = (backend: WasmBackend, inputs: any, attrs: any) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** Kernels that the backend lacks: left alone should a later version bring them. */
const missing: Record<string, Kernel> = {
  [tf.Conv2DBackpropFilter]: conv2DBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [tf.Einsum]: einsum,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
};

/** Kernels that the backend has, but wrong for some inputs. */
const corrected: Record<string, Kernel> = {
  [tf.All]: ofNothing(1),
  [tf.Any]: ofNothing(0),
  [tf.ArgMax]: indexOfNothing,
  [tf.ArgMin]: indexOfNothing,
  [tf.AvgPool]: avgPool,
  [tf.BatchMatMul]: batchMatMul,
  [tf.Cast]: cast,
  [tf.ClipByValue]: clip,
  [tf.Conv2D]: conv2D,
  [tf.CropAndResize]: cropAndResize,
  [tf.Cumprod]: emptyLike,
  [tf.Cumsum]: emptyLike,
  [tf.DepthwiseConv2dNative]: depthwiseConv2D,
  [tf.FloorDiv]: forWholeNumbers((a, b) => Math.floor(a / b)),
  [tf.FusedConv2D]: fusedConv2D,
  [tf.FusedDepthwiseConv2D]: fusedDepthwiseConv2D,
  [tf.IsFinite]: constantForWholeNumbers(1),
  [tf.IsInf]: constantForWholeNumbers(0),
  [tf.IsNan]: constantForWholeNumbers(0),
  [tf.Max]: ofNothing(Number.NEGATIVE_INFINITY),
  [tf.Maximum]: keepingNaN(Math.max),
  [tf.MaxPool]: maxPool,
  [tf.Min]: ofNothing(Number.POSITIVE_INFINITY),
  [tf.Minimum]: keepingNaN(Math.min),
  [tf.Mod]: forWholeNumbers(modulo),
  [tf.Pow]: forWholeNumbers(Math.pow),
  [tf.Prelu]: prelu,
  [tf.Prod]: ofNothing(1),
  [tf.RealDiv]: forWholeNumbers((a, b) => a / b),
  [tf.Relu6]: relu6,
  [tf.ResizeBilinear]: resizeBilinear,
  [tf.ResizeBilinearGrad]: resizeBilinearGrad,
  [tf.ResizeNearestNeighborGrad]: resizeNearestNeighborGrad,
  [tf.Reverse]: reverse,
  [tf.Select]: select,
  [tf.StridedSlice]: stridedSlice,
  [tf.Transpose]: emptyTransposed,
  [tf._FusedMatMul]: fusedMatMul,
  [tf.Conv3DBackpropFilterV2]: conv3DBackpropFilter,
  [tf.Conv3DBackpropInputV2]: conv3DBackpropInput,
  [tf.Dilation2D]: dilation2D,
  [tf.Dilation2DBackpropFilter]: dilation2DBackpropFilter,
  [tf.Dilation2DBackpropInput]: dilation2DBackpropInput,
  [tf.MaxPool3D]: maxPool3D,
  [tf.MaxPool3DGrad]: maxPool3DGrad,
  [tf.MaxPoolGrad]: maxPoolGrad,
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmax,
};

const sumOfNothing = ofNothing(0, (dtype) => (dtype === 'bool' ? 'int32' : dtype));
const meanOfNothing = ofNothing(Number.NaN, () => 'float32');

/** Kernels that the backend has, but slow for some inputs. */
const faster: Record<string, Kernel> = {
  [tf.Conv2DBackpropInput]: conv2DBackpropInput,
  [tf.Erf]: erf,
  [tf.GatherV2]: gather,
  [tf.LeakyRelu]: leakyRelu,
  [tf.Mean]: (backend, inputs, attrs) =>
    meanOfNothing(backend, inputs, attrs) ?? sumLeading(backend, inputs, attrs, true),
  [tf.Slice]: slice,
  [tf.SplitV]: splitV,
  [tf.Sum]: (backend, inputs, attrs) =>
    sumOfNothing(backend, inputs, attrs) ?? sumLeading(backend, inputs, attrs, false),
  [tf.Tanh]: tanh,
  [tf.Tile]: tile,
  [tf.Unpack]: unpack,
};

/** Kernels of no operation of TensorFlow.js, for `@autodrag/stylegan2`, which asks for them by name. */
const own: Record<string, Kernel> = {
  AutodragStyledWeight: styledWeight,
  AutodragStyledConvolution: styledConvolution,
  AutodragColours: styledColours,
};

/** What `registerWasmGradients` did. */
export type WasmGradientsRegistration = {
  /** Kernels that the wasm backend did not have. */
  readonly added: readonly string[];
  /** Kernels of the wasm backend that were replaced. */
  readonly replaced: readonly string[];
};

/** Marks the registered kernels, also for another copy of this package. */
const marker = Symbol.for('@autodrag/wasm-gradients');
const originals = new Map<string, tf.KernelConfig | undefined>();

/**
 * Makes the wasm backend of TensorFlow.js able to train: adds the gradient kernels that it lacks and replaces those
 * that are slow or wrong. Call it once, before the first tensor is made; later calls do nothing.
 * The backend need not be initialised or current.
 *
 * @throws WasmBackendNotRegisteredError if `@tensorflow/tfjs-backend-wasm` has not been imported
 */
export function registerWasmGradients(): WasmGradientsRegistration {
  if (tf.findBackendFactory('wasm') == null) throw new WasmBackendNotRegisteredError('registerWasmGradients');
  const added: string[] = [];
  const replaced: string[] = [];
  for (const [name, kernel] of Object.entries({ ...missing, ...corrected, ...faster, ...own })) {
    const original = tf.getKernel(name, 'wasm');
    if (original !== undefined && (marker in original || name in missing)) continue;
    if (original !== undefined) tf.unregisterKernel(name, 'wasm');
    originals.set(name, original);
    (original === undefined ? added : replaced).push(name);
    tf.registerKernel({
      ...original, // its setupFunc and disposeFunc: other kernels of the backend may rely on them
      kernelName: name,
      backendName: 'wasm',
      kernelFunc: (call) => {
        const result = usesStrings(call.inputs)
          ? undefined
          : kernel(wasmBackend(call.backend), call.inputs, call.attrs);
        return result ?? original!.kernelFunc(call);
      },
      ...(name === 'AutodragStyledConvolution' && { disposeFunc: (backend) => endStyledKernels(wasmBackend(backend)) }),
      [marker]: true,
    } as tf.KernelConfig);
  }
  return { added, replaced };
}

/** Strings are not in the heap: the backend's own kernels know where they are. */
function usesStrings(inputs: tf.NamedTensorInfoMap): boolean {
  return Object.values(inputs).some((input) => input?.dtype === 'string');
}

/** Takes back what `registerWasmGradients` did: the backend has its own kernels again, and lacks what it lacked. */
export function unregisterWasmGradients(): void {
  for (const [name, original] of originals) {
    tf.unregisterKernel(name, 'wasm');
    if (original !== undefined) tf.registerKernel(original);
  }
  originals.clear();
}
