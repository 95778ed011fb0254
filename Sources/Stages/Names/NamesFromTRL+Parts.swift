import Recipes

// What belongs to models, adapters, datasets, and the engine.

let modelNames = [
  NameElsewhere(
    ["model_name_or_path"], "models: { base: { path: DIR } } and model: $base name the model"),
  NameElsewhere(
    [
      "model_init_kwargs", "model_revision", "trust_remote_code", "attn_implementation",
      "use_cache", "teacher_model_init_kwargs", "teacher_model_revision",
    ], "a model is a folder or a file: models: { base: { path: DIR } }; there is nothing to set"),
  NameElsewhere(
    ["teacher_model_name_or_path"], "models: { big: { path: DIR } } and teacher: $big name it"),
  NameElsewhere(
    ["chat_template_path", "chat_template"],
    "chat_template in the model's entry sets it; otherwise it comes with the model"),
  NameElsewhere(["eos_token", "pad_token"], "they come with the model and its chat template"),
  NameElsewhere(
    [
      "load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "bnb_4bit_quant_storage",
      "use_bnb_nested_quant",
    ],
    "quantised weights are read from GGUF files and expanded; training is in f32 or bf16"),
  NameElsewhere(["disable_dropout"], "there is no dropout anywhere"),
]

let adapterNames = [
  NameElsewhere(
    ["use_peft", "lora_r", "lora_alpha", "lora_target_modules", "use_rslora"],
    "peft_config: { r: 16, lora_alpha: 32, target_modules: [q_proj, v_proj], use_rslora: false }"),
  NameElsewhere(
    [
      "lora_dropout", "use_dora", "lora_modules_to_save", "lora_target_parameters",
      "lora_task_type",
    ], "peft_config has only r, lora_alpha, target_modules and use_rslora"),
]

let datasetNames = [
  NameElsewhere(
    [
      "dataset_name", "dataset_config", "dataset_train_split", "dataset_test_split",
      "dataset_streaming", "dataset_mixture", "data_files",
    ], "datasets: { rows: { file: rows.jsonl, split: train } } and data: $rows name the rows"),
  NameElsewhere(
    ["dataset_text_field"], "the dataset's entry: { format: text, fields: { text: column } }"),
  NameElsewhere(
    ["dataset_prompt_column"], "the dataset's entry: { fields: { prompt: column } }"),
  NameElsewhere(["system_prompt"], "system_prompt belongs to the dataset's entry"),
  NameElsewhere(
    ["assistant_only_loss"],
    "only the last message of the assistant in a conversation is trained on; completion_only_loss: "
      + "false adds the rest"
  ),
  NameElsewhere(
    ["chat_template_kwargs"],
    "rows may have a column chat_template_kwargs; stages have no such key"),
  NameElsewhere(
    ["shuffle_dataset", "train_sampling_strategy", "group_by_length", "length_column_name"],
    "each pass over the data has its own order, which depends on the seed"),
  NameElsewhere(
    [
      "dataset_num_proc", "dataset_kwargs", "dataloader_drop_last", "dataloader_in_order",
      "dataloader_multiprocessing_context", "dataloader_num_workers",
      "dataloader_persistent_workers", "dataloader_pin_memory", "dataloader_prefetch_factor",
      "label_names",
    ], "rows are read and tokenised once, before the first update; there is nothing to set"),
  NameElsewhere(
    ["remove_unused_columns"], "columns that a stage does not use are passed to reward programs"),
  NameElsewhere(
    ["padding_free", "pad_to_multiple_of", "eval_packing", "packing_strategy"],
    "rows never contain padding and never attend to one another; packing fills bins by best fit"),
  NameElsewhere(
    ["truncation_mode"], "rows are truncated at their end, to max_length tokens"),
]

let engineNames = [
  NameElsewhere(
    [
      "accelerator_config", "ddp_backend", "ddp_broadcast_buffers", "ddp_bucket_cap_mb",
      "ddp_find_unused_parameters", "ddp_static_graph", "ddp_timeout", "debug", "deepspeed",
      "fsdp", "fsdp_config", "local_rank", "parallelism_config", "use_cpu", "torch_compile",
      "torch_compile_backend", "torch_compile_mode", "torch_empty_cache_steps", "use_liger_kernel",
      "liger_kernel_config", "activation_offloading", "ds3_gather_for_generation",
      "ignore_bias_buffers",
    ], "a stage runs in one process on the CPU; there is nothing to set"),
  NameElsewhere(
    [
      "activation_checkpointing", "activation_checkpointing_kwargs",
      "gradient_checkpointing_kwargs",
    ],
    "gradient_checkpointing: true is enough"),
  NameElsewhere(
    [
      "use_vllm", "vllm_mode", "vllm_model_impl", "vllm_enable_sleep_mode",
      "vllm_gpu_memory_utilization", "vllm_group_port", "vllm_max_model_length",
      "vllm_server_base_url", "vllm_server_host", "vllm_server_port", "vllm_server_timeout",
      "vllm_tensor_parallel_size", "cache_implementation", "use_transformers_paged",
      "use_transformers_continuous_batching", "transformers_continuous_batching_config",
    ], "the engine that trains also samples; there is nothing to set"),
  NameElsewhere(
    [
      "vllm_importance_sampling_cap", "vllm_importance_sampling_clip_max",
      "vllm_importance_sampling_clip_min", "vllm_importance_sampling_correction",
      "vllm_importance_sampling_mode", "off_policy_mask_threshold",
    ],
    "sampling and training give the same log-probabilities, so there is no mismatch to correct"),
  NameElsewhere(
    ["generation_kwargs"],
    "temperature, top_p, top_k, min_p, repetition_penalty and stop are separate keys"),
  NameElsewhere(
    ["vllm_structured_outputs_regex", "max_tool_calling_iterations"], "Regimen does not have it"),
]
