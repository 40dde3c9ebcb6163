export { default } from 'base64:predictor.safetensors';
