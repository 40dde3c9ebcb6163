"""The step of stage 2 of step.mjs in PyTorch: what `npm run bench -- pytorch` compares with.

Reads step.json and step.safetensors from the folder that is its argument; for each line of its input, the name of a
variant, it does one step and prints a line: loss, length of the gradient, milliseconds.
"""

import json
import math
import struct
import sys
import time

import numpy
import torch
import torch.nn.functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    kinds = {"F32": numpy.float32, "I32": numpy.int32}
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(entry["shape"]).copy()
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


folder = sys.argv[1]
settings = json.load(open(f"{folder}/step.json"))
torch.set_num_threads(settings["threads"])
torch.set_flush_denormal(True)
everything = read_safetensors(f"{folder}/step.safetensors")


def part(prefix):
    return {name[len(prefix) :]: value for name, value in everything.items() if name.startswith(prefix)}


batch = part("batch.")
config = settings["predictor"]
E, D, n = config["editedLayers"], config["wDim"], config["steps"]
image, map_size = config["imageResolution"], config["featureResolution"]


# --- Layers


class Scope:
    """Parameters by name, below a prefix."""

    def __init__(self, values, prefix=""):
        self.values, self.prefix = values, prefix

    def __getitem__(self, name):
        return self.values[self.prefix + str(name)]

    def at(self, name):
        return Scope(self.values, f"{self.prefix}{name}.")

    def has(self, name):
        return any(key.startswith(self.prefix + name) for key in self.values)

    def each(self, name):
        i = 0
        while self.has(f"{name}.{i}."):
            yield self.at(f"{name}.{i}")
            i += 1


def linear(p, x):
    return F.linear(x, p["weight"].t(), p["bias"])


def layer_norm(p, x):
    return F.layer_norm(x, x.shape[-1:], p["scale"], p["offset"], 1e-5)


def mlp(p, x):
    for i, layer in enumerate(p.each("layers")):
        x = linear(layer, x if i == 0 else F.gelu(x, approximate="tanh"))
    return x


def heads_of(x, heads):
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)


def attend(queries, keys, values, mask):
    scores = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[3])
    mixed = F.softmax(scores if mask is None else scores + mask, -1) @ values
    return mixed.transpose(1, 2).flatten(2)


def self_attention(p, x, heads, mask=None, past=None):
    queries, keys, values = (heads_of(one, heads) for one in linear(p.at("queryKeyValue"), x).chunk(3, 2))
    if past:
        keys, values = torch.cat([past[0], keys], 2), torch.cat([past[1], values], 2)
    return linear(p.at("output"), attend(queries, keys, values, mask)), (keys, values)


def encoder(p, x, heads, mask=None):
    for block in p.each("blocks"):
        x = x + self_attention(block.at("attention"), layer_norm(block.at("attentionNorm"), x), heads, mask)[0]
        x = x + mlp(block.at("feedForward"), layer_norm(block.at("feedForwardNorm"), x))
    return layer_norm(p.at("norm"), x)


def start_decoding(p, memory, heads):
    memories = []
    for block in p.each("blocks"):
        both = linear(block.at("memoryAttention").at("keyValue"), memory).chunk(2, 2)
        memories.append(tuple(heads_of(one, heads) for one in both))
    return {"memory": memories, "self": [None] * len(memories)}


def decode(p, x, state, heads, mask=None):
    for k, block in enumerate(p.each("blocks")):
        own, state["self"][k] = self_attention(
            block.at("selfAttention"), layer_norm(block.at("selfAttentionNorm"), x), heads, past=state["self"][k]
        )
        x = x + own
        memory = block.at("memoryAttention")
        queries = heads_of(linear(memory.at("query"), layer_norm(block.at("memoryAttentionNorm"), x)), heads)
        x = x + linear(memory.at("output"), attend(queries, *state["memory"][k], mask))
        x = x + mlp(block.at("feedForward"), layer_norm(block.at("feedForwardNorm"), x))
    return layer_norm(p.at("norm"), x)


# --- Generator: frozen, so what depends on the weights alone is made once


def prepare_generator():
    g = Scope(part("generator.synthesis."))
    layers = []
    for i, block in enumerate(g.each("blocks")):
        for name in ["conv0", "conv1"] if i > 0 else ["conv1"]:
            layer = block.at(name)
            weight = layer["weight"].permute(3, 2, 0, 1)
            kernel = (weight.transpose(0, 1) if name == "conv0" else weight).contiguous()
            layers.append(
                {
                    "up": name == "conv0",
                    "kernel": kernel,
                    "energy": weight.square().sum([2, 3]).t().contiguous(),
                    "bias": layer["bias"].view(1, -1, 1, 1),
                    "affine": layer.at("affine"),
                }
            )
        if 4 * 2**i == map_size:
            break
    return g["constant"].permute(0, 3, 1, 2).contiguous(), layers


constant, synthesis = prepare_generator()
taps = torch.tensor([0.25, 0.75, 0.75, 0.25])
low_pass = torch.outer(taps, taps)


def features_of(w):
    x = constant
    index = 0
    for layer in synthesis:
        affine = layer["affine"]
        style = torch.addmm(affine["bias"], w[:, index], affine["weight"], alpha=1 / math.sqrt(D))
        scale = torch.rsqrt(style.square() @ layer["energy"] + 1e-8)
        x = x * style[:, :, None, None]
        if layer["up"]:
            x = F.conv_transpose2d(x, layer["kernel"], stride=2)
            channels = x.shape[1]
            x = F.conv2d(x, low_pass.expand(channels, 1, 4, 4), padding=1, groups=channels)
        else:
            x = F.conv2d(x, layer["kernel"], padding=1)
        x = F.leaky_relu(x * scale[:, :, None, None] + layer["bias"], 0.2) * math.sqrt(2)
        index += 1
    return x


# --- Predictor


def fourier(x):
    count = config["fourierFrequencies"]
    octaves = 2.0 ** torch.arange(count)
    angles = (x[..., None] * (math.pi * octaves)).flatten(-2)
    strength = (1 / octaves).repeat(x.shape[-1])
    return torch.cat([x, angles.sin() * strength, angles.cos() * strength], -1)


def placed(points):
    return (points - (image - 1) / 2) * (2 / image)


def patches_of(features, points):
    """Features [N, C, h, w], points [N K, P, 2]: [N K, P, size² C]."""
    maps, channels, height, width = features.shape
    sets, count, _ = points.shape
    size = config["patchSize"]
    position = (points + 0.5) * (width / image) - 0.5
    corner = position.floor()
    right, down = (position - corner).reshape(-1, 2, 1, 1, 1).unbind(1)
    start = (corner - (size - 1) / 2).long().view(-1, 2)
    offsets = torch.arange(size + 1)
    columns = (start[:, :1] + offsets).clamp(0, width - 1)
    rows = (start[:, 1:] + offsets).clamp(0, height - 1)
    of_map = torch.div(torch.arange(sets * count) * maps, sets * count, rounding_mode="floor")
    index = ((of_map[:, None] * height + rows)[:, :, None] * width + columns[:, None, :]).flatten()
    block = features.permute(0, 2, 3, 1).reshape(-1, channels)[index].view(-1, size + 1, size + 1, channels)
    between = block[:, :-1] + down * (block[:, 1:] - block[:, :-1])
    left = between[:, :, :-1]
    return (left + right * (between[:, :, 1:] - left)).view(sets, count, size * size, channels)


def encode_memory(p, features):
    average, std = p["statistics.features.average"], p["statistics.features.std"]
    x = (features - average.view(1, -1, 1, 1)) / std.view(1, -1, 1, 1)
    stem = list(p.each("stem"))
    for k, layer in enumerate(stem):
        # as 'same' pads an even side; the standardised border of the first is the average's
        border = -(average / std) if k == 0 else torch.zeros(x.shape[1])
        x = torch.cat([x, border.view(1, -1, 1, 1).expand(x.shape[0], -1, x.shape[2], 1)], 3)
        x = torch.cat([x, border.view(1, -1, 1, 1).expand(x.shape[0], -1, 1, x.shape[3])], 2)
        x = F.conv2d(x, layer["weight"].permute(3, 2, 0, 1), layer["bias"], stride=2)
        if k < len(stem) - 1:
            x = F.relu(x)
    side = x.shape[2]
    centres = (torch.arange(side) + 0.5) * image / side - 0.5
    places = torch.stack([centres.repeat(side), centres.repeat_interleave(side)], 1)
    grid = x.flatten(2).transpose(1, 2) + linear(p.at("position"), fourier(placed(places)))
    handles, targets, present = batch["handles"], batch["targets"], batch["pointMask"]
    rows, count = present.shape
    grid = grid.repeat_interleave(rows // grid.shape[0], 0)
    own = torch.cat([handles, targets], 1)
    standard = (patches_of(features, own) - average) / std
    start, end = placed(handles), placed(targets)
    pair = torch.cat([torch.cat([end, start], 1), (end - start).repeat(1, 2, 1)], 2)
    points = linear(p.at("patch"), standard.flatten(2)) + linear(p.at("position"), fourier(placed(own)))
    points = points + linear(p.at("pair"), fourier(pair)) + p["role"].repeat_interleave(count, 0)
    tokens = torch.cat([grid, points], 1)
    absent = 1 - torch.cat([torch.ones(rows, grid.shape[1]), present, present], 1)
    mask = (absent * -1e9)[:, None, None, :]
    return encoder(p.at("encoder"), tokens, config["heads"], mask), mask


def regularize(p, w):
    sizes = settings["regularizer"]
    average, std = p["statistics.average"], p["statistics.std"]
    edited, clean = w[:, :E], w[:, E:]
    keys = mlp(p.at("keys"), (edited - average) / std) + p["layerEmbedding"]
    memory = encoder(p.at("encoder"), keys, sizes["heads"])
    evidence = linear(p.at("clean").at("projection"), (clean - average) / std)
    queries = mlp(p.at("clean").at("mixer"), evidence.transpose(1, 2)).transpose(1, 2) + p["positionEmbedding"]
    tokens = decode(p.at("decoder"), queries, start_decoding(p.at("decoder"), memory, sizes["heads"]), sizes["heads"])
    restored = (edited if sizes["output"] == "residual" else average) + linear(p.at("head"), tokens) * std
    if not p.has("gate."):
        return restored
    return edited + torch.sigmoid(linear(p.at("gate"), tokens)) * (restored - edited)


def predict(p, regularizer, tokens, mask, first, length):
    average, std = p["statistics.codes.average"], p["statistics.codes.std"]
    state = start_decoding(p.at("decoder"), tokens, config["heads"])
    kept = batch["w"][:, E:]
    code, predictions = first, []
    for i in range(length):
        query = torch.cat([(code - average) / std, (code - first) / std], 2)
        if config["tokens"] == "flat":
            query = query.flatten(1)[:, None]
        x = linear(p.at("query"), query) + p["layerEmbedding"] + p["stepEmbedding"][i]
        decoded = decode(p.at("decoder"), x, state, config["heads"], mask)
        y = code + linear(p.at("head"), decoded).view(-1, E, D) * std
        code = y + p["gate"] * (regularize(regularizer, torch.cat([y, kept], 1)) - y)
        predictions.append(code)
    return torch.stack(predictions, 1)


def motion_field(p, start, codes, points):
    average, std = p["statistics.average"], p["statistics.std"]
    place = ((start - average) / std).flatten(1)[:, None]
    change = ((codes - start) / std).flatten(1)[:, None]
    still = linear(p.at("start"), place) + linear(p.at("position"), fourier(placed(points)))
    x = torch.cat([still + linear(p.at("way"), change), still])
    for block in p.each("blocks"):
        moved = linear(block.at("scale"), change)
        gain = 1 + torch.cat([moved, torch.zeros_like(moved)])
        hidden = F.gelu(linear(block.at("hidden"), layer_norm(block.at("norm"), x)), approximate="tanh")
        x = x + linear(block.at("output"), hidden * gain)
    moved, rest = linear(p.at("head"), x).chunk(2)
    return (moved - rest) * (image / 2)


# --- Step


def displacement_loss(moved, wanted):
    return (moved - wanted).abs().sum(2).mean() / image


def loss_of(values, features, length, before):
    models = Scope(values)
    p, field = models.at("predictor"), models.at("field")
    first = batch["codes"][:, 0]
    tokens, mask = encode_memory(p, features)
    predicted = predict(p, models.at("regularizer"), tokens, mask, first, length)
    std = p["statistics.codes.std"].detach()
    prediction = ((predicted - batch["codes"][:, 1 : length + 1]).abs() / std).mean()
    known = Scope({name: value.detach() for name, value in values.items()}).at("field")
    moved = motion_field(known, first, predicted[:, -1], batch["handles"])
    displacement = displacement_loss(moved, (batch["targets"] - batch["handles"]) * (length / n))
    seen = motion_field(field, batch["fieldStart"], batch["fieldCodes"], batch["fieldPoints"])
    loss = 0.1 * (n + 1) / (length + 1) * prediction + n / length * displacement
    loss = loss + displacement_loss(seen, batch["fieldWanted"])
    if before is None:
        return loss
    after = features_of(torch.cat([predicted[0], batch["starts"][:1, E:].expand(n, -1, -1)], 1))
    difference = patches_of(before, batch["matchHandles"]) - patches_of(after, batch["matchTargets"])
    return loss + n * (difference.abs() / p["statistics.features.std"].detach()).mean()


def is_matrix(name, value):
    if not name.endswith(".weight") or value.dim() < 2:
        return False
    columns = value.shape[-1]
    return min(columns, value.numel() // columns) >= 16


def orthogonalize(x):
    tall = x.shape[1] >= x.shape[2]
    unit = x / x.square().sum([1, 2], keepdim=True).sqrt().clamp(min=1e-16)
    g = unit.transpose(1, 2) @ unit if tall else unit @ unit.transpose(1, 2)
    identity = torch.eye(g.shape[1])
    q = None
    for i in range(5):
        polynomial = 3.4445 * identity - 4.775 * g + 2.0315 * (g @ g)
        if i < 4:
            g = polynomial @ (g @ polynomial)
        q = polynomial if q is None else q @ polynomial
    return unit @ q if tall else q @ unit


def update(values, momenta, adam):
    """Muon for matrices, Adam for the rest, both on copies: each step is the first of a training."""
    groups = {}
    for name, value in values.items():
        if is_matrix(name, value):
            momenta[name].mul_(0.9).add_(value.grad)
            direction = (value.grad + 0.9 * momenta[name]).view(-1, value.shape[-1])
            groups.setdefault(direction.shape, []).append((name, direction))
    for shape, group in groups.items():
        unit = orthogonalize(torch.stack([direction for _, direction in group])) * math.sqrt(max(shape))
        for (name, _), piece in zip(group, unit):
            values[name].sub_(piece.view(values[name].shape), alpha=1e-5 if name.startswith("regularizer.") else 1e-3)
    torch.nn.utils.clip_grad_norm_([one for group in adam.param_groups for one in group["params"]], 1)
    adam.step()


def create_step():
    initial = part("models.")
    values = {name: value.clone() for name, value in initial.items()}
    learned = {name: value.requires_grad_() for name, value in values.items() if "statistics." not in name}
    momenta = {name: torch.zeros_like(value) for name, value in learned.items() if is_matrix(name, value)}
    rest = [{"params": [], "lr": 1e-3}, {"params": [], "lr": 1e-5}]
    for name, value in learned.items():
        if not is_matrix(name, value):
            rest[name.startswith("regularizer.")]["params"].append(value)
    adam = torch.optim.Adam(rest, foreach=True)

    def step(variant):
        with torch.no_grad():
            for name, value in learned.items():
                value.copy_(initial[name])
                value.grad = None
        begun = time.perf_counter()
        with torch.no_grad():
            features = features_of(batch["starts"])
            before = None
            if variant == "drag":
                kept = batch["starts"][:1, E:].expand(n, -1, -1)
                before = features_of(torch.cat([batch["codes"][0, :n], kept], 1))
        loss = loss_of(values, features, 1 if variant == "first" else n, before)
        loss.backward()
        with torch.no_grad():
            squares = [value.grad.square().sum() for value in learned.values() if value.grad is not None]
            norm = torch.stack(squares).sum().sqrt()
            update(learned, momenta, adam)
        milliseconds = 1000 * (time.perf_counter() - begun)
        return {"loss": loss.item(), "gradNorm": norm.item(), "milliseconds": milliseconds}

    return step


run = create_step()
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps(run(line.strip())), flush=True)
