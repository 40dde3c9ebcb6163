import { createAdam, createMuon } from '@autodrag/nn';

/** By the name that a setting has for it. */
export const optimizers = { muon: createMuon, adam: createAdam };
