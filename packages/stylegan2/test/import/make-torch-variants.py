"""Writes torch/: what people have in the files that torch.save writes (run: python make-torch-variants.py; needs PyTorch).

The networks are those of make-fixtures.py, whose numbers follow from their names; classes of the original programs are
stand-ins that exist only to give the pickles their globals.
"""

import argparse
import collections
import datetime
import importlib.util
import pathlib
import pickle
import random
import sys
import types

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
OUT = HERE / 'torch'
OUT.mkdir(exist_ok=True)
spec = importlib.util.spec_from_file_location('make_fixtures', HERE / 'make-fixtures.py')
small = importlib.util.module_from_spec(spec)
real = {name: sys.modules[name] for name in list(sys.modules) if name.split('.')[0] in ('torch', 'numpy')}
torch_utils_functions = (torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter, torch.storage._load_from_bytes)
storages = {name: getattr(torch, name) for name in ('FloatStorage', 'DoubleStorage', 'HalfStorage', 'LongStorage')}
embedding = torch.nn.modules.sparse.Embedding
spec.loader.exec_module(small)
# The module puts stand-ins where PyTorch is: put it back.
torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter, torch.storage._load_from_bytes = torch_utils_functions
torch.nn.modules.sparse.Embedding = embedding
for name, storage in storages.items():
    setattr(torch, name, storage)


def save(name, value, **options):
    torch.save(value, OUT / name, **options)


def tensors(named):
    plain = lambda array: array.storage.array.reshape(array.shape) if isinstance(array, small.Tensor) else array
    return collections.OrderedDict((name, torch.from_numpy(np.array(plain(array)))) for name, array in named.items())


# --- NVIDIA: modules of the persistence layer, whose tensors are PyTorch's

persistence = sys.modules['torch_utils.persistence']


def _reconstruct_persistent_obj(meta):
    raise NotImplementedError


_reconstruct_persistent_obj.__module__ = 'torch_utils.persistence'
persistence._reconstruct_persistent_obj = _reconstruct_persistent_obj


class Stand:
    def __init__(self, module):
        def of(value):
            if isinstance(value, small.Module):
                return Stand(value)
            if isinstance(value, small.Tensor):
                return torch.nn.Parameter(torch.from_numpy(value.source)) if value.parameter else torch.from_numpy(value.source)
            return {key: of(item) for key, item in value.items()} if isinstance(value, dict) else value
        self.meta = dict(type='class', version=6, module_src='# program text\n', class_name=module.class_name, state=of(module.state))

    def __reduce__(self):
        return persistence._reconstruct_persistent_obj, (self.meta,)


def tensor(name, array):
    made = small.Tensor(array, parameter=name.split('.')[-1] not in small.BUFFERS)
    made.source = np.array(array)
    return made


def nvidia(arrays, **options):
    module = small.nvidia(arrays, tensor=tensor, **options)
    filters(module)
    return Stand(module)


def filters(module):
    for value in module.state['_buffers'].values():
        if not hasattr(value, 'source'):
            value.source = small.FILTER
    for child in module.state['_modules'].values():
        filters(child)


arrays = small.layout()
save('pti.pt', nvidia(arrays))
save('pti-dict.pt', {'G_ema': nvidia(arrays), 'cfg': argparse.Namespace(lr=0.1)})
save('pti-legacy.pt', {'G_ema': nvidia(arrays)}, _use_new_zipfile_serialization=False)
save('last-step.pt', {'G': nvidia(arrays), 'D': None})
weights = tensors(arrays)
save('nvidia-weights.pt', {'G_ema': weights})
save('lightning.pt', {'state_dict': {**{f'G_ema.{k}': v for k, v in weights.items()}, **{f'G.{k}': v * 0 for k, v in weights.items()}, 'D.b4.fc.weight': torch.ones(2)}, 'epoch': 3})
with open(OUT / 'numpy-weights.pkl', 'wb') as file:
    pickle.dump({'G_ema': {k: v.numpy() for k, v in weights.items()}}, file, 4)
with open(OUT / 'numpy-big-endian.pkl', 'wb') as file:
    pickle.dump({'G_ema': {k: v.numpy().astype('>f8') for k, v in weights.items()}}, file, 4)

# --- rosinality

ros = tensors(small.rosinality(arrays))
average = torch.from_numpy(np.array(arrays['mapping.w_avg']))
save('advice.pt', {'G_ema': ros, 'latent_avg': average})
save('prefix.pt', collections.OrderedDict([(f'module.{k}', v) for k, v in ros.items()] + [('latent_avg', average[None])]))
layers = 6
save('encoder.pt', {'state_dict': {**{f'decoder.{k}': v for k, v in ros.items()}, 'encoder.input_layer.0.weight': torch.ones(2)}, 'latent_avg': average.expand(layers, -1), 'opts': {'device': torch.device('cpu'), 'type': torch.float32}})
save('last-step-weights.pt', {'g': ros, 'd': {'final_linear.0.weight': torch.ones(2)}, 'latent_avg': average})
optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(3))])
extras = {
    'numpy': np.random.get_state(), 'random_state': np.random.RandomState(0), 'generator': np.random.default_rng(0),
    'python': random.getstate(), 'random': random.Random(1), 'torch': torch.get_rng_state(), 'path': pathlib.Path('x'),
    'when': datetime.datetime(2024, 1, 2), 'strings': np.array(['a', 'b']), 'objects': np.array([None, 1], dtype=object),
    'record': np.zeros(2, dtype=[('a', 'f4')]), 'date': np.datetime64('2020'), 'complex': np.complex64(1), 'name': np.str_('x'),
    'half': np.float16(1), 'many': collections.defaultdict(list, {1: [2]}), 'queue': collections.deque([1]),
    'count': collections.Counter('aab'), 'number': 1j, 'range': range(3), 'bytes': bytearray(b'x' * 30), 'big': np.arange(3, dtype='>i4'),
    'unsigned': np.arange(3, dtype=np.uint64), 'set': {1, 2}, 'frozen': frozenset([1]), 'optimizer': optimizer, 'args': argparse.Namespace(size=16),
    'scheduler': torch.optim.lr_scheduler.StepLR(optimizer, 3), 'space': types.SimpleNamespace(a=1), 'quantized': torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.quint8),
    'sparse': torch.ones(2, 2).to_sparse(), 'float8': torch.ones(2).to(torch.float8_e4m3fn), 'unsigned_tensor': torch.ones(2).to(torch.uint16), 'complex_tensor': torch.ones(2, dtype=torch.complex64),
    'meta': torch.ones(2, device='meta'), 'untyped': torch.ones(2).untyped_storage(), 'negated': torch._neg_view(torch.ones(2)), 'linear': torch.nn.Linear(2, 2),
}
save('extras.pt', {'g_ema': ros, 'latent_avg': average, **extras})
save('extras-protocol-4.pt', {'g_ema': ros, 'latent_avg': average, **extras}, pickle_protocol=4)


def varied(index, value):
    """Types and strides: the numbers are exact in each."""
    value = (value.double(), value.half(), value.bfloat16() if index < 0 else value, value)[index % 4]
    if value.ndim >= 2 and index % 3 == 0:
        value = value.transpose(-1, -2).contiguous().transpose(-1, -2)
    if index % 5 == 0 and value.ndim >= 1:
        value = torch.cat([value, value])[: value.shape[0]]
    if index % 7 == 0:
        value = torch.nn.Parameter(value, requires_grad=index % 2 == 0)
        value.note = 'kept'
    elif index % 7 == 1:
        value.note = 'kept'
    return value


save('varied.pt', {'g_ema': collections.OrderedDict((k, varied(i, v)) for i, (k, v) in enumerate(ros.items())), 'latent_avg': average})
torch.serialization.set_crc32_options(False)
save('no-checksums.pt', {'g_ema': ros, 'latent_avg': average})
torch.serialization.set_crc32_options(True)

# a whole network of rosinality, pickled by itself
model = types.ModuleType('model')
sys.modules['model'] = model


def tree(weights):
    """Modules for dotted names, of the classes that the program has."""
    classes = {}

    def class_of(name):
        if name not in classes:
            classes[name] = type(name, (torch.nn.Module,), {'__module__': 'model', '__qualname__': name})
            setattr(model, name, classes[name])
        return classes[name]

    root = class_of('Generator')()
    for name, value in weights.items():
        *path, last = name.split('.')
        node = root
        for part in path:
            if part not in node._modules:
                node.add_module(part, torch.nn.ModuleList() if part in ('convs', 'to_rgbs') else torch.nn.Sequential() if part == 'style' else class_of('StyledConv')())
            node = node._modules[part]
        node.register_buffer(last, value) if path and path[0] == 'noises' else node.register_parameter(last, torch.nn.Parameter(value))
    return root


network = tree(ros)
save('whole.pt', network)
save('whole-legacy.pt', {'g_ema': network, 'latent_avg': average}, _use_new_zipfile_serialization=False)
save('parallel.pt', {'g_ema': torch.nn.DataParallel(network), 'latent_avg': average})

# --- mapping networks of other widths, and what PyTorch makes of them

import json  # noqa: E402


def widths(features, embed, conditional, layers):
    z, w, c = small.Z, small.W, small.C
    inner = [z + (embed if conditional else 0)] + [features] * (layers - 1) + [w]
    shapes = {f'mapping.fc{i}': (inner[i + 1], inner[i]) for i in range(layers)}
    if conditional:
        shapes['mapping.embed'] = (embed, c)
    result = collections.OrderedDict()
    for name, shape in shapes.items():
        result[f'{name}.weight'] = small.values(f'{name}.weight', shape)
        result[f'{name}.bias'] = small.values(f'{name}.bias', shape[:1])
    for name, array in small.layout().items():
        if name == 'mapping.w_avg' or not name.startswith('mapping.'):
            result[name] = array
    return result


def mapping(weights, z, c, layers):
    def dense(name, x, multiplier):
        weight, bias = (torch.from_numpy(weights[f'mapping.{name}.{part}']) for part in ('weight', 'bias'))
        return torch.nn.functional.linear(x, weight * (multiplier / weight.shape[1] ** 0.5), bias * multiplier)

    def normalize(x):
        return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()

    x = normalize(z)
    if c is not None:
        x = torch.cat([x, normalize(dense('embed', c, 1.0))], 1)
    for i in range(layers):
        x = torch.nn.functional.leaky_relu(dense(f'fc{i}', x, 0.01), 0.2) * 2 ** 0.5
    return x


answers = {}
for name, (features, embed, conditional, layers) in {
    'features-narrow': (3, 6, False, 3), 'features-wide': (11, 6, False, 4),
    'features-embed': (6, 9, True, 2), 'features-both': (8, 4, True, 3),
}.items():
    named = widths(features, embed, conditional, layers)
    save(f'{name}.pt', {'G_ema': nvidia(named, conditional=conditional)})
    torch.manual_seed(0)
    z = torch.randn(2, small.Z)
    c = torch.nn.functional.one_hot(torch.tensor([0, 2]), small.C).float() if conditional else None
    answers[name] = dict(z=z.tolist(), c=None if c is None else c.tolist(), w=mapping(named, z, c, layers).tolist())
(OUT / 'features.json').write_text(json.dumps(answers, indent=1))
without = small.layout(conditional=True)
del without['mapping.w_avg']
save('without-average.pt', {'G_ema': nvidia(without, conditional=True)})

# --- what is refused

def refused(name, rule, key='convs.0.conv.weight'):
    save(f'refused-{name}.pt', {'g_ema': collections.OrderedDict((k, rule(v) if k == key else v) for k, v in ros.items()), 'latent_avg': average})


def put(value, number):
    value = value.clone()
    value.reshape(-1)[1] = number
    return value


refused('nan', lambda v: put(v, float('nan')))
refused('infinite', lambda v: put(v, float('-inf')), 'conv1.activate.bias')
refused('huge', lambda v: put(v, 1e30))
refused('beyond-float32', lambda v: put(v.double(), 1e200))
refused('sparse', lambda v: v.reshape(v.shape[1], -1).to_sparse())
refused('quantized', lambda v: torch.quantize_per_tensor(v, 1.0, 0, torch.quint8))
refused('complex', lambda v: v.to(torch.complex64))
refused('float8', lambda v: v.to(torch.float8_e5m2))
refused('meta', lambda v: v.to('meta'))
refused('negated', lambda v: torch._neg_view(v))
refused('text', lambda v: 'text')
refused('conditional', lambda v: torch.cat([v, v], 1), 'style.1.weight')
refused('changed', lambda v: v[:, :, :, :2])


def names(name, *keys, **more):
    save(f'refused-{name}.pt', {**{key: torch.ones(1) for key in keys}, **more})


label_dropped = small.layout(conditional=True)
for key in ('mapping.embed.weight', 'mapping.embed.bias'):
    del label_dropped[key]
save('refused-label-dropped.pt', {'G_ema': nvidia(label_dropped)})
names('stylegan3', 'synthesis.input.freqs', 'synthesis.L0_36_512.weight', 'mapping.fc0.weight')
names('lucidrains', version=1, GAN={'S.net.0.weight': torch.ones(1), 'G.blocks.0.conv1.weight': torch.ones(1)})
names('basicsr', params_ema={'style_mlp.1.weight': torch.ones(1), 'constant_input.weight': torch.ones(1)})
names('eg3d', 'backbone.synthesis.b4.const', 'backbone.mapping.fc0.weight', 'renderer.x')
names('stylegan1', generator={'generator.progression.0.conv1.weight': torch.ones(1), 'style.1.weight': torch.ones(1)})
names('diffusion', state_dict={'model.diffusion_model.input_blocks.0.0.weight': torch.ones(1)})
names('language', 'model.layers.0.self_attn.q_proj.weight')
names('classifier', 'conv1.weight', 'layer1.0.conv1.weight', 'fc.weight')
names('discriminator', 'convs.0.0.weight', 'final_linear.0.weight')
names('averages', ema={'decay': 0.99, 'shadow_params': [torch.ones(1)]}, shadow_params=[torch.ones(1)])
names('optimizer', state={}, param_groups=[{'params': [0]}])
save('refused-two.pt', {'model': ros, 'network': collections.OrderedDict(ros)})
save('refused-tensor.pt', torch.ones(3))
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), OUT / 'refused-script.pt')
np.savez(OUT / 'refused-arrays.npz', w=np.zeros(3))
with open(OUT / 'refused-protocol-0.pkl', 'wb') as file:
    pickle.dump({'G_ema': 1}, file, 0)
