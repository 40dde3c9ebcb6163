/** The programs whose weights are told by their names alone. */
export type WeightLayout = 'nvidia' | 'rosinality';

export type RecognisedNames = {
  layout: WeightLayout;
  /** What stands before all of the generator's names, as `module.` or `decoder.` */
  prefix: string;
};

/** Tensors that each program's generator has, and no other network. */
const MARKS: Readonly<Record<WeightLayout, readonly string[]>> = {
  nvidia: ['synthesis.b4.const', 'mapping.fc0.weight'],
  rosinality: ['input.input', 'style.1.weight'],
};

/** What wrappers, trainers and encoders put before a generator's names. */
const PREFIX =
  /^((module|model|generator|generator_ema|gen|decoder|net|netG|netG_ema|net_g|net_g_ema|g|g_ema|g_running|G|G_ema|Gs|ema|ema_model|ema_module|stylegan|stylegan2|_orig_mod)\.)*$/;

/** How good a name is for the generator that people want: an average of the training's steps before its last step. */
export function rankOfName(name: string): number {
  if (/(^|[._])(ema|shadow|running|avg|average)|^Gs$/i.test(name)) return 0;
  return /^(g|netg|net_g|gen)$/i.test(name) ? 2 : 1;
}

/** Tells a generator of one of the known programs by its names; the best of several. Null for anything else. */
export function recogniseNames(names: readonly string[]): RecognisedNames | null {
  const known = new Set(names);
  const found: RecognisedNames[] = [];
  for (const [layout, [first, ...others]] of Object.entries(MARKS) as [WeightLayout, [string, ...string[]]][]) {
    for (const name of names) {
      if (!name.endsWith(first)) continue;
      const prefix = name.slice(0, -first.length);
      if (PREFIX.test(prefix) && others.every((other) => known.has(prefix + other))) found.push({ layout, prefix });
    }
  }
  const rank = ({ prefix }: RecognisedNames) => Math.min(...prefix.split('.').map(rankOfName));
  return found.sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** Networks of other programs, and other things that come in the same kind of file, by names that they have. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)synthesis\.(L0_|input\.(freqs|affine))/, 'a StyleGAN3'],
  [/^backbone\.(synthesis|mapping)|^renderer\.|^superresolution\./, 'an EG3D'],
  [/(^|\.)(style_convs?\d*\.|style_mlp\.|constant_input\.)/, "a StyleGAN2 in BasicSR's layout"],
  [/(^|\.)style_mapping\.|(^|\.)constant_input\.const/, "a StyleGAN2 in MMGeneration's layout"],
  [/(^|\.)(GAN\.)?(S|SE|G|GE|D)\.(net|blocks|initial_block|to_rgb)\b/, "a StyleGAN2 of lucidrains' program"],
  [/(^|\.)progression\.\d+\.|(^|\.)(g_synthesis|g_mapping)\./, 'a StyleGAN of 2019'],
  [/(^|\.)mapping\.dense\d+\.|(^|\.)synthesis\.layer\d+\./, "a StyleGAN2 in GenForce's layout"],
  [/(^|\.)b\d+\.fromrgb\.|(^|\.)b4\.(mbstd|fc|out)\b|(^|\.)final_(linear|conv)\./, 'a discriminator alone'],
  [
    /diffusion_model\.|^(down_blocks|up_blocks|mid_block|first_stage_model|cond_stage_model)\.|(^|\.)unet\.|lora_/,
    'a diffusion model',
  ],
  [
    /^(model\.)?(embed_tokens|layers\.\d+\.(self_attn|mlp))|^transformer\.(h|wte)|(^|\.)bert\.|^lm_head\./,
    'a language model',
  ],
  [/^(features|layer[1-4])\.\d+\.|^(conv1|fc|classifier)\.(\d+\.)?weight$|^vgg/, 'a network that classifies pictures'],
];

/** What a set of weights seems to be, or null. */
export function familyOfNames(names: readonly string[]): string | null {
  return FAMILIES.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1] ?? null;
}
