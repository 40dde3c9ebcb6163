export { default } from 'base64:generator.safetensors';
