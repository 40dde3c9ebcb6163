"""Writes the small checkpoints of fixtures/ (run: python make-fixtures.py; needs NumPy, no PyTorch).

With --large FILE it writes instead one snapshot of the size of a 1024-pixel network (G, D and G_ema, about 350 MB)
for memory.mjs.

Every file holds one network whose numbers follow from their names: element i of a tensor is
((crc32(name) + 2654435761 * i) mod 2048) / 1024 - 1, which float16 represents exactly. Names and layouts are those of
stylegan2-ada-pytorch; the other formats store what their own conversion maps onto them. Modules of PyTorch, dnnlib and
TensorFlow are stand-ins that exist only to give the pickles their globals.
"""

import argparse
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile
import zlib
from collections import OrderedDict

import numpy as np

HERE = pathlib.Path(__file__).parent / 'fixtures'
CHANNELS = {4: 8, 8: 8, 16: 4}
W, Z, C, LAYERS = 6, 5, 3, 2
CLAMP = 256
PROGRAM = '# program text\n' * 400


# --- numbers

def values(name, shape):
    count = int(np.prod(shape, dtype=np.int64))
    index = np.arange(count, dtype=np.uint64)
    number = (np.uint64(zlib.crc32(name.encode())) + np.uint64(2654435761) * index) % np.uint64(2048)
    return (number.astype(np.float64) / 1024 - 1).astype(np.float32).reshape(shape)


# --- stand-ins

def module(name):
    made = sys.modules.get(name) or types.ModuleType(name)
    sys.modules[name] = made
    if '.' in name:
        parent, child = name.rsplit('.', 1)
        setattr(module(parent), child, made)
    return made


def function(module_name, name):
    def stand_in(*args):
        raise NotImplementedError
    stand_in.__module__, stand_in.__name__, stand_in.__qualname__ = module_name, name, name
    setattr(module(module_name), name, stand_in)
    return stand_in


def klass(module_name, name, base=object):
    made = type(name, (base,), {'__module__': module_name})
    setattr(module(module_name), name, made)
    return made


persistent = function('torch_utils.persistence', '_reconstruct_persistent_obj')
rebuild_parameter = function('torch._utils', '_rebuild_parameter')
rebuild_tensor = function('torch._utils', '_rebuild_tensor_v2')
load_from_bytes = function('torch.storage', '_load_from_bytes')
STORAGES = {
    name: klass('torch', storage)
    for name, storage in {'float32': 'FloatStorage', 'float64': 'DoubleStorage', 'float16': 'HalfStorage', 'int64': 'LongStorage'}.items()
}
EasyDict = klass('dnnlib.util', 'EasyDict', dict)
Network = klass('dnnlib.tflib.network', 'Network')
Embedding = klass('torch.nn.modules.sparse', 'Embedding')


class NumpyOne:
    """The names that NumPy 1 gives its own functions."""
    reconstruct = None
    scalar = None


def numpy_one():
    saved = {name: sys.modules.get(name) for name in ('numpy.core', 'numpy.core.multiarray')}
    for name in saved:
        sys.modules[name] = types.ModuleType(name)
    sys.modules['numpy.core'].multiarray = sys.modules['numpy.core.multiarray']
    for name in ('_reconstruct', 'scalar'):
        def stand_in(*args):
            raise NotImplementedError
        stand_in.__module__, stand_in.__name__, stand_in.__qualname__ = 'numpy.core.multiarray', name, name
        setattr(sys.modules['numpy.core.multiarray'], name, stand_in)
    NumpyOne.reconstruct = sys.modules['numpy.core.multiarray']._reconstruct
    NumpyOne.scalar = sys.modules['numpy.core.multiarray'].scalar


class Pickler(pickle.Pickler):
    old_numpy = False

    def reducer_override(self, obj):
        if self.old_numpy and type(obj) is np.ndarray:
            data = obj.tobytes()
            return NumpyOne.reconstruct, (np.ndarray, (0,), b'b'), (1, obj.shape, obj.dtype, False, data)
        if self.old_numpy and isinstance(obj, np.generic):
            return NumpyOne.scalar, (obj.dtype, obj.tobytes())
        return NotImplemented


def dump(obj, protocol, old_numpy=False):
    stream = io.BytesIO()
    pickler = Pickler(stream, protocol)
    pickler.old_numpy = old_numpy
    pickler.dump(obj)
    return stream.getvalue()


# --- PyTorch

class Storage:
    """Pickles itself as PyTorch's storages do: a stream of its own inside a bytes object."""

    def __init__(self, array, key='94520896'):
        self.array, self.key = np.ascontiguousarray(array).reshape(-1), key

    def id(self):
        return 'storage', STORAGES[str(self.array.dtype)], self.key, 'cpu', self.array.size

    def __reduce__(self):
        return load_from_bytes, (torch_stream(self),)


class Tensor:
    def __init__(self, array, storage=None, offset=0, strides=None, parameter=False):
        self.shape = array.shape
        self.storage = Storage(array) if storage is None else storage
        self.offset, self.parameter = offset, parameter
        self.strides = tuple(s // array.itemsize for s in np.ascontiguousarray(array).reshape(array.shape).strides) if strides is None else strides

    def __reduce__(self):
        tensor = rebuild_tensor, (self.storage, self.offset, self.shape, self.strides, self.parameter, OrderedDict())
        if not self.parameter:
            return tensor
        return rebuild_parameter, (Tensor.of(self), True, OrderedDict())

    @staticmethod
    def of(other):
        made = Tensor.__new__(Tensor)
        made.__dict__.update(other.__dict__, parameter=False)
        return made


class TorchPickler(pickle.Pickler):
    def __init__(self, stream, protocol, storages):
        super().__init__(stream, protocol)
        self.storages = storages

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        self.storages[obj.key] = obj
        return obj.id() + ((None,) if self.legacy else ())

    legacy = True


def torch_stream(obj):
    stream = io.BytesIO()
    for head in (0x1950a86a20f9469cfc6c, 1001, {'protocol_version': 1001, 'little_endian': True, 'type_sizes': {'short': 2, 'int': 4, 'long': 4}}):
        pickle.dump(head, stream, 2)
    storages = {}
    TorchPickler(stream, 2, storages).dump(obj)
    pickle.dump(sorted(storages), stream, 2)
    for key in sorted(storages):
        stream.write(struct.pack('<q', storages[key].array.size) + storages[key].array.tobytes())
    return stream.getvalue()


def torch_zip(obj, compression=zipfile.ZIP_STORED):
    pickled, storages = io.BytesIO(), {}
    pickler = TorchPickler(pickled, 2, storages)
    pickler.legacy = False
    pickler.dump(obj)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w', compression) as archive:
        def add(name, data):
            archive.writestr(zipfile.ZipInfo(f'archive/{name}'), data, compression)
        add('data.pkl', pickled.getvalue())
        add('byteorder', b'little')
        for key, storage in storages.items():
            add(f'data/{key}', storage.array.tobytes())
        add('version', b'3\n')
    return stream.getvalue()


# --- the network under the names of stylegan2-ada-pytorch

def layout(architecture='skip', const=(4, 4), conditional=False, last=16):
    shapes = OrderedDict()

    def dense(name, inputs, outputs):
        shapes[f'{name}.weight'], shapes[f'{name}.bias'] = (outputs, inputs), (outputs,)

    if conditional:
        dense('mapping.embed', C, W)
    for i in range(LAYERS):
        dense(f'mapping.fc{i}', Z + (W if conditional else 0) if i == 0 else W, W)
    shapes['mapping.w_avg'] = (W,)
    for r, width in CHANNELS.items():
        block = f'synthesis.b{r}'
        if r == 4:
            shapes[f'{block}.const'] = (width, *const)
        for conv, inputs in (('conv0', CHANNELS.get(r // 2)), ('conv1', width)):
            if inputs is None:
                continue
            shapes[f'{block}.{conv}.weight'] = (width, inputs, 3, 3)
            shapes[f'{block}.{conv}.bias'] = (width,)
            shapes[f'{block}.{conv}.noise_strength'] = ()
            shapes[f'{block}.{conv}.noise_const'] = (r, r * const[1] // const[0])
            dense(f'{block}.{conv}.affine', W, inputs)
        if architecture == 'skip' or r == last:
            shapes[f'{block}.torgb.weight'], shapes[f'{block}.torgb.bias'] = (3, width, 1, 1), (3,)
            dense(f'{block}.torgb.affine', W, width)
        if architecture == 'resnet' and r > 4:
            shapes[f'{block}.skip.weight'] = (width, CHANNELS[r // 2], 1, 1)
    return OrderedDict((name, values(name, shape)) for name, shape in shapes.items())


# --- NVIDIA, PyTorch

CLASSES = {'mapping': 'MappingNetwork', 'synthesis': 'SynthesisNetwork', 'embed': 'FullyConnectedLayer', 'affine': 'FullyConnectedLayer', 'torgb': 'ToRGBLayer', 'skip': 'Conv2dLayer'}
BUFFERS = {'w_avg', 'noise_const', 'resample_filter'}


def class_of(name):
    if name in CLASSES:
        return CLASSES[name]
    return {'b': 'SynthesisBlock', 'c': 'SynthesisLayer', 'f': 'FullyConnectedLayer'}[name[0]]


class Module:
    def __init__(self, class_name, **state):
        self.class_name, self.state = class_name, state
        self.state.setdefault('training', False)
        for group in ('_parameters', '_buffers', '_backward_hooks', '_modules'):
            self.state.setdefault(group, OrderedDict() if group == '_backward_hooks' else {})

    def child(self, name):
        modules = self.state['_modules']
        if name not in modules:
            modules[name] = Module(class_of(name), **settings(name))
        return modules[name]

    def __reduce__(self):
        meta = dict(type='class', version=6, module_src=PROGRAM, class_name=self.class_name, state=self.state)
        return persistent, (meta,), None


def settings(name):
    result = {}
    if name in ('conv0', 'conv1', 'torgb'):
        result['conv_clamp'] = CLAMP
    if name in ('conv0', 'conv1'):
        result['activation'] = 'lrelu'
    if name.startswith('fc'):
        result.update(activation='lrelu', bias_gain=np.float64(0.01))
    return result


FILTER = (np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64).astype(np.float32)


def nvidia(arrays, tensor=lambda name, array: Tensor(array, parameter=name.split('.')[-1] not in BUFFERS), flat=False, conditional=False):
    network_settings = dict(channel_base=64, channel_max=8, num_fp16_res=1, conv_clamp=CLAMP)
    kwargs = dict(network_settings) if flat else dict(synthesis_kwargs=EasyDict(network_settings))
    root = Module('Generator', _init_args=(), _init_kwargs=EasyDict(z_dim=Z, c_dim=C if conditional else 0, w_dim=W, img_resolution=16, mapping_kwargs=EasyDict(num_layers=LAYERS), **kwargs), z_dim=Z)
    for name, array in arrays.items():
        *path, last = name.split('.')
        node = root
        for part in path:
            node = node.child(part)
        node.state['_buffers' if last in BUFFERS else '_parameters'][last] = tensor(name, array)
        if last == 'noise_const':
            node.state['_buffers']['resample_filter'] = Tensor(FILTER)
    return root


def snapshot(generator):
    other = Module('Discriminator', _modules={'b16': Module('DiscriminatorBlock', _parameters={'weight': Tensor(np.zeros(40, np.float32))})})
    wrong = Module('Generator', _modules={'mapping': Module('MappingNetwork', _parameters={'weight': Tensor(np.ones(7, np.float32))})})
    return dict(training_set_kwargs=EasyDict(path='data.zip', resolution=16, ratio=np.float32(0.5), names={'a', 'b'}), G=wrong, D=other, G_ema=generator, augment_pipe=None)


def mixed_types(name, array):
    return Tensor(array.astype(np.float64 if name.startswith('mapping') else np.float16))


def strided(name, array):
    """Kernels in channels_last order, matrices as transposed views, vectors in the middle of a longer storage."""
    if array.ndim == 4:
        o, i, h, w = array.shape
        return Tensor(array, Storage(array.transpose(0, 2, 3, 1)), 0, (h * w * i, 1, w * i, i))
    if array.ndim == 2:
        return Tensor(array, Storage(array.T), 0, (1, array.shape[0]))
    if array.ndim == 1:
        return Tensor(array, Storage(np.concatenate([np.full(3, 9, np.float32), array, np.full(2, 9, np.float32)])), 3, (1,))
    return Tensor(array)


# --- NVIDIA, TensorFlow

def network(name, variables, components=(), **static):
    made = Network()
    made.__dict__.update(version=4, name=name, static_kwargs=EasyDict(static), components=EasyDict(components), build_module_src='# program text\n', build_func_name='G', variables=list(variables.items()))
    return made


def tensorflow(arrays, lods=False, conditional=False, **static):
    mapping, synthesis, top = OrderedDict(), OrderedDict(), OrderedDict(lod=np.float32(0))
    for name, array in arrays.items():
        part, *path = name.split('.')
        if name == 'mapping.w_avg':
            top['dlatent_avg'] = array
        elif part == 'mapping':
            layer = 'LabelEmbed' if path[0] == 'embed' else f'Dense{path[0][2:]}'
            mapping[f'{layer}/{path[1]}'] = np.ascontiguousarray(array.T)
        else:
            r = int(path[0][1:])
            log = r.bit_length() - 1
            layer = {'const': 'Const', 'conv0': 'Conv0_up', 'conv1': 'Conv' if r == 4 else 'Conv1', 'torgb': 'ToRGB', 'skip': 'Skip'}[path[1]]
            if lods and layer == 'ToRGB':
                prefix = f'ToRGB_lod{4 - log}'
            else:
                prefix = f'{r}x{r}/{layer}'
            last = path[-1]
            if layer == 'Const':
                synthesis[f'{prefix}/const'] = array[np.newaxis]
            elif last == 'noise_const':
                index = 0 if r == 4 else 2 * log - (5 if path[1] == 'conv0' else 4)
                synthesis[f'noise{index}'] = array[np.newaxis, np.newaxis]
            elif last == 'noise_strength':
                synthesis[f'{prefix}/noise_strength'] = np.float32(array)
            elif path[2] == 'affine':
                synthesis[f'{prefix}/mod_{last}'] = np.ascontiguousarray(array.T) if last == 'weight' else array - np.float32(1)
            elif last == 'weight':
                kernel = array.transpose(2, 3, 1, 0)
                synthesis[f'{prefix}/weight'] = np.ascontiguousarray(kernel[::-1, ::-1] if path[1] in ('conv0', 'skip') else kernel)
            else:
                synthesis[f'{prefix}/bias'] = array
    components = {'synthesis': network('G_synthesis', synthesis), 'mapping': network('G_mapping', mapping)}
    gs = network('Gs', top, components, latent_size=Z, dlatent_size=W, resolution=16, label_size=C if conditional else 0, mapping_layers=LAYERS, **static)
    small = network('D', OrderedDict([('4x4/Dense0/weight', np.zeros((3, 3), np.float32))]))
    return small, small, gs


# --- rosinality

def rosinality(arrays):
    result = OrderedDict()
    for name, array in arrays.items():
        part, *path = name.split('.')
        if name == 'mapping.w_avg':
            continue
        if part == 'mapping':
            result[f'style.{int(path[0][2:]) + 1}.{path[1]}'] = array
            continue
        log = int(path[0][1:]).bit_length() - 1
        if path[1] == 'const':
            result['input.input'] = array[np.newaxis]
            continue
        if path[1] == 'torgb':
            layer = 'to_rgb1' if log == 2 else f'to_rgbs.{log - 3}'
        else:
            index = 2 * (log - 2) - (1 if path[1] == 'conv0' else 0)
            layer = 'conv1' if index == 0 else f'convs.{index - 1}'
        last = path[-1]
        if last == 'noise_const':
            result[f'noises.noise_{index}'] = array[np.newaxis, np.newaxis]
        elif last == 'noise_strength':
            result[f'{layer}.noise.weight'] = array.reshape(1)
        elif path[2] == 'affine':
            result[f'{layer}.conv.modulation.{last}'] = array
        elif last == 'weight':
            result[f'{layer}.conv.weight'] = array[np.newaxis]
            if path[1] == 'conv0':
                result[f'{layer}.conv.blur.kernel'] = FILTER * 4
        elif path[1] == 'torgb':
            result[f'{layer}.bias'] = array.reshape(1, 3, 1, 1)
        else:
            result[f'{layer}.activate.bias'] = array
    return OrderedDict((name, Tensor(array, Storage(array, str(key)))) for key, (name, array) in enumerate(result.items()))


# --- other families, refused

def stylegan3(superres=False, embedding=False):
    layer = Module('SynthesisInput', _parameters={'weight': Tensor(np.zeros((4, 4), np.float32))}, size=np.array([36, 36]))
    mapping = Module('MappingNetwork')
    if embedding:
        mapping.state['_modules'] = {'embed': Embedding(), 'embed_proj': Module('FullyConnectedLayer')}
    modules = {'synthesis': Module('SynthesisNetwork', _modules={'input': layer, 'L0_36_512': Module('SynthesisLayer')}), 'mapping': mapping}
    if superres:
        modules = dict(reversed(modules.items()))
    return Module('SuperresGenerator' if superres else 'Generator', _modules=modules)


class Run:
    def __reduce__(self):
        return __import__('os').system, ('echo run',)


def large(path):
    global W, Z, LAYERS
    W, Z, LAYERS = 512, 512, 8
    CHANNELS.clear()
    CHANNELS.update({2 ** i: min(32768 // 2 ** i, 512) for i in range(2, 11)})
    generator = nvidia(layout(last=1024))
    other = nvidia(layout(last=1024))
    discriminator = Module('Discriminator', _parameters={f'weight{i}': Tensor(np.zeros((512, 512, 3, 3), np.float32)) for i in range(12)})
    snapshot_of = dict(training_set_kwargs=None, G=other, D=discriminator, G_ema=generator, augment_pipe=None)
    with open(path, 'wb') as file:
        Pickler(file, 4).dump(snapshot_of)


def main():
    if sys.argv[1:2] == ['--large']:
        return large(sys.argv[2])
    HERE.mkdir(exist_ok=True)
    numpy_one()
    files = {}
    for protocol in (2, 3, 4, 5):
        files[f'ada-protocol-{protocol}.pkl'] = dump(snapshot(nvidia(layout())), protocol, old_numpy=protocol < 5)
    files['stylegan3-repository-conditional.pkl'] = dump(snapshot(nvidia(layout(conditional=True), flat=True, conditional=True)), 4)
    files['ada-resnet.pkl'] = dump(snapshot(nvidia(layout('resnet'))), 4)
    files['ada-orig.pkl'] = dump(snapshot(nvidia(layout('orig'))), 4)
    files['ada-const-4x2.pkl'] = dump(snapshot(nvidia(layout(const=(4, 2)))), 4)
    files['ada-half-double.pkl'] = dump(snapshot(nvidia(layout(), mixed_types)), 4)
    files['ada-strided.pkl'] = dump(snapshot(nvidia(layout(), strided)), 4)
    files['tensorflow-skip.pkl'] = dump(tensorflow(layout(), resample_kernel=[1, 3, 3, 1]), 4, old_numpy=True)
    files['tensorflow-resnet.pkl'] = dump(tensorflow(layout('resnet'), architecture='resnet'), 3)
    files['tensorflow-orig-lod.pkl'] = dump(tensorflow(layout('orig'), lods=True), 2, old_numpy=True)
    files['tensorflow-conditional.pkl'] = dump(tensorflow(layout(conditional=True), conditional=True, conv_clamp=CLAMP), 5)
    weights = layout()
    average = Tensor(weights['mapping.w_avg'], Storage(weights['mapping.w_avg'], '900'))
    files['rosinality-legacy.pt'] = torch_stream({'g_ema': rosinality(weights), 'latent_avg': average})
    moments = {'state': {0: {'step': 3, 'exp_avg': Tensor(np.zeros(5, np.float32), Storage(np.zeros(5, np.float32), '901'))}}, 'param_groups': [{'lr': 0.002, 'betas': (0.0, 0.99), 'params': [0]}]}
    training = {'g': OrderedDict(), 'd': OrderedDict(), 'g_ema': rosinality(weights), 'g_optim': moments, 'args': argparse.Namespace(size=16, latent=W), 'ada_aug_p': 0.25}
    files['rosinality-training.pt'] = torch_zip(training)
    files['rosinality-deflated.pt'] = torch_zip({'g_ema': rosinality(weights), 'latent_avg': average}, zipfile.ZIP_DEFLATED)
    files['stylegan3.pkl'] = dump(snapshot(stylegan3()), 4)
    files['stylegan-xl.pkl'] = dump(snapshot(stylegan3(embedding=True)), 4)
    files['stylegan-xl-superres.pkl'] = dump(snapshot(stylegan3(superres=True, embedding=True)), 4)
    files['runs-a-program.pkl'] = dump({'G_ema': Run()}, 4)
    for name, data in files.items():
        (HERE / name).write_bytes(data)
        print(f'{len(data):8d} {name}')


main()
