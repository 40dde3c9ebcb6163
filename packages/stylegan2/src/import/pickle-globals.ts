import { type GlobalRole, PickleGlobal } from './pickle-values.js';

/**
 * The closed list: every global that a pickle may name, and the inert thing that stands for it. None is looked up,
 * imported or called; a name that is not here ends the reading.
 */
const ROLES: Readonly<Record<string, GlobalRole>> = {
  'torch_utils.persistence _reconstruct_persistent_obj': 'persistent-module',
  'torch._utils _rebuild_parameter': 'parameter',
  'torch._utils _rebuild_tensor_v2': 'tensor',
  'torch._utils _rebuild_tensor': 'tensor',
  'torch.storage _load_from_bytes': 'storage-from-bytes',
  'torch FloatStorage': { storage: 'float32' },
  'torch DoubleStorage': { storage: 'float64' },
  'torch HalfStorage': { storage: 'float16' },
  'torch BFloat16Storage': { storage: 'bfloat16' },
  'torch LongStorage': { storage: 'int64' },
  'torch IntStorage': { storage: 'int32' },
  'torch ShortStorage': { storage: 'int16' },
  'torch CharStorage': { storage: 'int8' },
  'torch ByteStorage': { storage: 'uint8' },
  'torch BoolStorage': { storage: 'bool' },
  'torch Size': 'tuple',
  'collections OrderedDict': 'dict-class',
  'dnnlib.util EasyDict': 'dict-class',
  'builtins set': 'set',
  '__builtin__ set': 'set',
  'builtins frozenset': 'set',
  '__builtin__ frozenset': 'set',
  'builtins list': 'list',
  '__builtin__ list': 'list',
  'builtins bytes': 'bytes',
  '__builtin__ bytes': 'bytes',
  'builtins bytearray': 'bytes',
  '__builtin__ bytearray': 'bytes',
  '_codecs encode': 'encode',
  'numpy.core.multiarray scalar': 'numpy-scalar',
  'numpy._core.multiarray scalar': 'numpy-scalar',
  'numpy.core.multiarray _reconstruct': 'numpy-reconstruct',
  'numpy._core.multiarray _reconstruct': 'numpy-reconstruct',
  'numpy.core.numeric _frombuffer': 'numpy-frombuffer',
  'numpy._core.numeric _frombuffer': 'numpy-frombuffer',
  'numpy dtype': 'numpy-dtype',
  'numpy ndarray': 'numpy-ndarray',
  'dnnlib.tflib.network Network': 'object-class',
  'argparse Namespace': 'object-class',
};

const GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  Object.entries(ROLES).map(([name, role]) => {
    const [module = '', attribute = ''] = name.split(' ');
    return [name, new PickleGlobal(module, attribute, role)];
  }),
);

/** The entry of the closed list, or undefined. */
export function findGlobal(module: string, name: string): PickleGlobal | undefined {
  return GLOBALS.get(`${module} ${name}`);
}

/** The closed list as `module.name`, for the documentation and its test. */
export function allowedGlobals(): string[] {
  return [...GLOBALS.values()].map(({ module, name }) => `${module}.${name}`);
}
