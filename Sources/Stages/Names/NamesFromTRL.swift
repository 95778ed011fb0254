import Recipes

/// The keys and values of TRL 1.16, transformers 5.23 and open-r1 that several kinds, or none, could
/// have, and what a recipe writes instead; the other keys are declared by kinds (`TRLTrainer`).
let commonNamesFromTRL = NamesElsewhere(
  keys: batchNames + precisionNames + runNames + loggingNames + checkpointNames + optimizerNames
    + modelNames + adapterNames + datasetNames + engineNames,
  values: valuesFromTRL)

private let training = ["pretrain", "sft", "reward_model"]

private let batchNames = [
  NameElsewhere(
    ["per_device_train_batch_size", "gradient_accumulation_steps", "train_batch_size"],
    in: training,
    "batch_size counts the rows of an update, over all accumulation steps together"),
  NameElsewhere(
    ["per_device_train_batch_size", "gradient_accumulation_steps", "train_batch_size"],
    in: ["grpo"],
    """
    an update has prompts_per_step prompts with num_generations completions each, over all \
    accumulation steps together
    """),
  NameElsewhere(
    ["per_device_train_batch_size", "gradient_accumulation_steps", "train_batch_size"],
    in: ["distill"],
    "an update has prompts_per_step prompts, over all accumulation steps together"),
  NameElsewhere(
    ["auto_find_batch_size"], "micro_batch_tokens bounds memory without changing the update"),
  NameElsewhere(
    [
      "per_device_eval_batch_size", "eval_accumulation_steps", "batch_eval_metrics",
      "eval_do_concat_batches", "eval_use_gather_object",
    ], "held-out rows are read micro_batch_tokens at a time; there is nothing to set"),
  NameElsewhere(
    ["average_tokens_across_devices"], "losses are means over the whole update already"),
  NameElsewhere(
    ["max_seq_length"], in: training, "TRL renamed it: write max_length"),
  NameElsewhere(
    ["max_prompt_length"], in: ["grpo"],
    "prompts are never truncated; drop long ones from the dataset, for example with a stage of "
      + "kind filter"),
]

private let precisionNames = [
  NameElsewhere(
    [
      "bf16", "fp16", "tf32", "bf16_full_eval", "fp16_full_eval", "dtype", "torch_dtype",
      "cast_lm_head_to_fp32",
    ],
    """
    precision is a key at the top of the recipe: f32, bf16 or auto; weights, norms, softmax and \
    losses are always f32
    """)
]

private let runNames = [
  NameElsewhere(
    ["seed", "data_seed", "full_determinism"],
    "seed is a key at the top of the recipe; every run is deterministic"),
  NameElsewhere(
    ["output_dir"],
    "runs are stored in runs/ (-C DIR chooses where); `regimen export RUN/STAGE` writes a model"),
  NameElsewhere(["run_name"], "name a run with `regimen run --name`"),
  NameElsewhere(
    ["do_train", "do_eval", "do_predict", "benchmarks"],
    "the kind of a stage decides: training kinds train, a stage of kind evaluate evaluates"),
  NameElsewhere(
    ["eval_strategy", "eval_on_start", "eval_delay"],
    "eval_steps and the input eval_data decide when held-out rows are evaluated"),
  NameElsewhere(["callbacks"], "use stop_if, warn_if and promote_if, which check metrics"),
]

private let loggingNames = [
  NameElsewhere(
    [
      "report_to", "logging_dir", "project", "trackio_space_id", "trackio_static_space_id",
      "trackio_bucket_id", "wandb_entity", "wandb_project", "wandb_run_group",
    ],
    "log_to: tensorboard is a key at the top of the recipe; every metric is also in the "
      + "database"),
  NameElsewhere(
    [
      "logging_strategy", "logging_first_step", "logging_nan_inf_filter", "disable_tqdm",
      "log_level", "log_level_replica", "log_on_each_node", "include_for_metrics",
      "include_num_input_tokens_seen", "prediction_loss_only", "skip_memory_metrics",
    ], "logging_steps sets how often metrics are stored; -q and -v set what is printed"),
  NameElsewhere(
    [
      "log_completions", "num_completions_to_print", "log_unique_prompts", "log_multimodal",
      "wandb_log_unique_prompts",
    ], "every completion is stored; `regimen samples RUN` shows them"),
]

private let checkpointNames = [
  NameElsewhere(
    [
      "save_strategy", "save_steps", "save_total_limit", "save_only_model",
      "save_on_each_node", "enable_jit_checkpoint",
    ],
    """
    checkpoints are written so often that they take 1 % of the time, at least every 5 minutes, and \
    the newest two are kept
    """),
  NameElsewhere(
    [
      "resume_from_checkpoint", "ignore_data_skip", "restore_callback_states_from_checkpoint",
      "overwrite_output_dir",
    ], "`regimen resume` continues an interrupted run and ends with the same bits"),
  NameElsewhere(
    ["metric_for_best_model", "greater_is_better"],
    "load_best_model_at_end uses eval_loss"),
  NameElsewhere(
    ["load_best_model_at_end"], in: ["grpo", "distill"],
    "the stage outputs its last weights; promote_if sets the metrics that they must reach"),
]

private let optimizerNames = [
  NameElsewhere(
    ["optim", "optim_args", "optim_target_modules"], "AdamW is the only optimizer"),
  NameElsewhere(
    ["lr_scheduler_kwargs"],
    "min_lr_rate is the floor of the linear and cosine schedules, as a share of learning_rate"),
  NameElsewhere(
    ["label_smoothing_factor", "neftune_noise_alpha", "router_aux_loss_coef"],
    "Regimen does not have it"),
  NameElsewhere(
    ["loss_type"], in: ["sft", "pretrain"],
    "the loss is the mean negative log-likelihood (TRL's nll)"),
]

let hubNames = [
  NameElsewhere(
    [
      "push_to_hub", "hub_model_id", "hub_strategy", "hub_token", "hub_private_repo",
      "hub_always_push", "hub_revision", "hub_model_revision", "overwrite_hub_revision",
      "push_to_hub_revision", "log_completions_hub_repo",
    ], "`regimen export RUN/STAGE --format hf -o DIR` writes a folder for `hf upload`")
]

private let valuesFromTRL = [
  NameElsewhere(["max_steps=-1"], "write null instead of TRL's -1: num_train_epochs then decides"),
  NameElsewhere(
    ["lr_scheduler_type=cosine_with_min_lr"], "write cosine, and min_lr_rate for the floor"),
  NameElsewhere(
    ["target_modules=all-linear"], "leave it out: all seven matrices of a layer are the default"),
  NameElsewhere(["scale_rewards=true", "scale_rewards=True"], "write group"),
  NameElsewhere(["scale_rewards=false", "scale_rewards=False"], "write none"),
  NameElsewhere(
    ["loss_type=sapo", "loss_type=vespo", "loss_type=luspo"], "Regimen does not have it"),
  NameElsewhere(["loss_type=nll"], "it is the only loss of this kind; leave it out"),
  NameElsewhere(["name=accuracy_reward", "name=reasoning_accuracy_reward"], "write accuracy"),
  NameElsewhere(["name=think_format_reward", "name=format_reward"], "write format"),
  NameElsewhere(["name=tag_count_reward"], "write tag_count"),
  NameElsewhere(
    ["name=get_cosine_scaled_reward", "name=cosine_scaled_reward"],
    "write { name: cosine, parameters: { max_len: 1000 } }"),
  NameElsewhere(
    ["name=get_repetition_penalty_reward", "name=get_repetition_penalty"],
    "write repetition_penalty"),
  NameElsewhere(
    ["name=get_soft_overlong_punishment"], "write soft_overlong_punishment"),
  NameElsewhere(["name=len_reward"], "write length"),
  NameElsewhere(
    [
      "name=code", "name=code_reward", "name=ioi_code", "name=code_format", "name=binary_code",
      "name=cf_code", "name=reasoning_steps",
    ], "write { command: [python3, ./judge.py] } with your own program"),
]
