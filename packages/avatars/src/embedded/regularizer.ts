export { default } from 'base64:regularizer.safetensors';
