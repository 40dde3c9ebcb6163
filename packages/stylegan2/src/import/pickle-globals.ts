import { ELEMENT_BYTES, type ElementType, type GlobalRole, type OddType, PickleGlobal } from './pickle-values.js';

/**
 * The closed list: every global that a pickle may name, and the inert thing that stands for it. None is looked up,
 * imported or called; a name that is not here ends the reading.
 */
const ROLES: Readonly<Record<string, GlobalRole>> = {
  'torch_utils.persistence _reconstruct_persistent_obj': 'persistent-module',
  'torch.nn.parallel.data_parallel DataParallel': 'torch-module',
  'torch.nn.parallel.distributed DistributedDataParallel': 'torch-module',

  // tensors
  'torch._utils _rebuild_parameter': 'parameter',
  'torch._utils _rebuild_parameter_with_state': 'parameter',
  'torch._utils _rebuild_tensor': 'tensor',
  'torch._utils _rebuild_tensor_v2': 'tensor',
  'torch._utils _rebuild_tensor_v3': 'tensor-of-type',
  'torch._tensor _rebuild_from_type': 'tensor-of-class',
  'torch._tensor _rebuild_from_type_v2': 'tensor-of-class',
  'torch._utils _rebuild_device_tensor_from_numpy': 'tensor-from-numpy',
  'torch._utils _rebuild_xla_tensor': 'tensor-from-numpy',
  'torch._utils _rebuild_device_tensor_from_cpu_tensor': 'tensor-from-cpu',
  'torch Tensor': 'opaque',
  'torch.nn.parameter Parameter': 'opaque',
  'torch.nn.parameter Buffer': 'opaque',
  'torch._utils _rebuild_sparse_tensor': { odd: 'a sparse tensor' },
  'torch._utils _rebuild_sparse_csr_tensor': { odd: 'a sparse tensor' },
  'torch._utils _rebuild_qtensor': { odd: 'a quantized tensor' },
  'torch._utils _rebuild_nested_tensor': { odd: 'a nested tensor' },
  'torch._utils _rebuild_meta_tensor_no_storage': { odd: 'a tensor without data, of the device meta' },
  'torch._utils _rebuild_wrapper_subclass': { odd: 'a tensor of a class of its own' },
  'torch.serialization _get_layout': 'opaque',
  'torch per_tensor_affine': 'opaque',
  'torch per_channel_affine': 'opaque',
  'torch per_channel_affine_float_qparams': 'opaque',
  'torch Size': 'tuple',
  'torch device': 'opaque',

  // storages
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
  'torch ComplexFloatStorage': { storage: 'complex64' },
  'torch ComplexDoubleStorage': { storage: 'complex128' },
  'torch QInt8Storage': { storage: 'qint8' },
  'torch QUInt8Storage': { storage: 'quint8' },
  'torch QInt32Storage': { storage: 'qint32' },
  'torch QUInt4x2Storage': { storage: 'quint4x2' },
  'torch QUInt2x4Storage': { storage: 'quint2x4' },
  'torch UntypedStorage': { storage: 'untyped' },
  'torch.storage UntypedStorage': { storage: 'untyped' },
  'torch.storage _UntypedStorage': { storage: 'untyped' },

  // Python's own
  'collections OrderedDict': 'dict-class',
  'collections defaultdict': 'dict-class',
  'collections Counter': 'dict-class',
  'builtins dict': 'dict-class',
  '__builtin__ dict': 'dict-class',
  'dnnlib.util EasyDict': 'dict-class',
  'easydict EasyDict': 'dict-class',
  'munch Munch': 'dict-class',
  'addict.addict Dict': 'dict-class',
  'pytorch_lightning.utilities.parsing AttributeDict': 'dict-class',
  'lightning_fabric.utilities.data AttributeDict': 'dict-class',
  'builtins set': 'set',
  '__builtin__ set': 'set',
  'builtins frozenset': 'set',
  '__builtin__ frozenset': 'set',
  'builtins list': 'list',
  '__builtin__ list': 'list',
  'collections deque': 'list',
  'builtins bytes': 'bytes',
  '__builtin__ bytes': 'bytes',
  'builtins bytearray': 'bytes',
  '__builtin__ bytearray': 'bytes',
  '_codecs encode': 'encode',
  'argparse Namespace': 'object-class',
  'types SimpleNamespace': 'object-class',
  'builtins complex': 'opaque',
  '__builtin__ complex': 'opaque',
  'builtins range': 'opaque',
  '__builtin__ xrange': 'opaque',
  'builtins slice': 'opaque',
  'builtins int': 'opaque',
  'builtins float': 'opaque',
  'builtins str': 'opaque',
  'builtins bool': 'opaque',
  'builtins tuple': 'opaque',
  'builtins object': 'opaque',
  '__builtin__ object': 'opaque',
  'pathlib Path': 'opaque',
  'pathlib PosixPath': 'opaque',
  'pathlib WindowsPath': 'opaque',
  'pathlib PurePosixPath': 'opaque',
  'pathlib PureWindowsPath': 'opaque',
  'pathlib._local PosixPath': 'opaque',
  'pathlib._local WindowsPath': 'opaque',
  'datetime datetime': 'opaque',
  'datetime date': 'opaque',
  'datetime timedelta': 'opaque',
  'datetime timezone': 'opaque',
  'random Random': 'opaque',
  'typing Any': 'opaque',

  // NumPy
  'numpy.core.multiarray scalar': 'numpy-scalar',
  'numpy._core.multiarray scalar': 'numpy-scalar',
  'numpy.core.multiarray _reconstruct': 'numpy-reconstruct',
  'numpy._core.multiarray _reconstruct': 'numpy-reconstruct',
  'numpy.core.numeric _frombuffer': 'numpy-frombuffer',
  'numpy._core.numeric _frombuffer': 'numpy-frombuffer',
  'numpy dtype': 'numpy-dtype',
  'numpy ndarray': 'numpy-ndarray',
  'numpy.random._pickle __randomstate_ctor': 'opaque',
  'numpy.random._pickle __generator_ctor': 'opaque',
  'numpy.random._pickle __bit_generator_ctor': 'opaque',
  'numpy.random _pickle.__randomstate_ctor': 'opaque',
  'numpy.random.mtrand __randomstate_ctor': 'opaque',
  'numpy.random __RandomState_ctor': 'opaque',
  'numpy.random._mt19937 MT19937': 'opaque',
  'numpy.random._pcg64 PCG64': 'opaque',
  'numpy.random._pcg64 PCG64DXSM': 'opaque',
  'numpy.random._philox Philox': 'opaque',
  'numpy.random._sfc64 SFC64': 'opaque',
  'numpy.random.bit_generator SeedSequence': 'opaque',
  'numpy.random.bit_generator __pyx_unpickle_SeedSequence': 'opaque',
  'numpy.random._bit_generator SeedSequence': 'opaque',

  // TensorFlow
  'dnnlib.tflib.network Network': 'object-class',
};

/** Where a rule stands for many names: as the documentation shows it, and as it is tested. */
const RULES: readonly { shown: string; matches: (module: string, name: string) => boolean; role: GlobalRole }[] = [
  {
    shown: 'torch.nn.modules.*',
    matches: (module, name) => /^torch\.nn\.modules\.\w+$/.test(module) && /^[A-Z]\w*$/.test(name),
    role: 'torch-module',
  },
  {
    // A whole generator pickled by itself: its classes lie in whatever file the repository has them in.
    shown: '*.{Generator, EqualLinear, StyledConv, … of rosinality}',
    matches: (_, name) => ROSINALITY_CLASSES.has(name),
    role: 'torch-module',
  },
  {
    shown: 'torch.optim.*',
    matches: (module, name) => /^torch\.optim(\.\w+)*$/.test(module) && /^[A-Z]\w*$/.test(name),
    role: 'opaque',
  },
  {
    // Lightning's older files have the classes of callbacks as keys.
    shown: 'pytorch_lightning.callbacks.*',
    matches: (module, name) => /^(pytorch_)?lightning(\.\w+)*\.callbacks\.\w+$/.test(module) && /^[A-Z]\w*$/.test(name),
    role: 'opaque',
  },
  {
    shown: 'omegaconf.*',
    matches: (module, name) => /^omegaconf(\.\w+)*$/.test(module) && /^[A-Z]\w*$/.test(name),
    role: 'opaque',
  },
];

const ROSINALITY_CLASSES: ReadonlySet<string> = new Set([
  'Generator',
  'PixelNorm',
  'EqualLinear',
  'EqualConv2d',
  'ConstantInput',
  'StyledConv',
  'ModulatedConv2d',
  'NoiseInjection',
  'FusedLeakyReLU',
  'ScaledLeakyReLU',
  'ToRGB',
  'Upsample',
  'Downsample',
  'Blur',
  'Discriminator',
  'ConvLayer',
  'ResBlock',
]);

const NUMPY_SCALARS = ['bool_', 'float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'str_'];

const GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...Object.entries(ROLES),
    // torch.float32 and the like stand for a dtype; torch.float8_e5m2 comes with untyped storages.
    ...(Object.keys(ELEMENT_BYTES) as (ElementType | OddType)[])
      .filter((type) => type !== 'untyped')
      .map((type) => [`torch ${type}`, { dtype: type }] as const),
    ...NUMPY_SCALARS.map((type) => [`numpy ${type}`, 'opaque'] as const),
  ].map(([name, role]) => {
    const [module = '', attribute = ''] = name.split(' ');
    return [name, new PickleGlobal(module, attribute, role)];
  }),
);

/** The entry of the closed list, or undefined. */
export function findGlobal(module: string, name: string): PickleGlobal | undefined {
  const known = GLOBALS.get(`${module} ${name}`);
  if (known !== undefined) return known;
  const rule = RULES.find(({ matches }) => matches(module, name));
  return rule && new PickleGlobal(module, name, rule.role);
}

/** The closed list as `module.name`, for the documentation and its test; a rule for many names has a star. */
export function allowedGlobals(): string[] {
  return [...[...GLOBALS.values()].map(({ module, name }) => `${module}.${name}`), ...RULES.map(({ shown }) => shown)];
}
